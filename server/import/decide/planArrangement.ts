import { reason } from '../../../protocol/sentences/decisions.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { ImportError } from '../importError.ts';
import type { Inspection } from '../onnx/inspect.ts';
import type { Arrangement } from '../onnx/sourceSession.ts';
import type { Decisions } from './decisions.ts';
import { sideBySteps } from './planFit.ts';

/** How the numbers of the input lie, and how many there are. @throws ImportError `needs_options`, `unsupported_use` */
export function planArrangement({ image }: Inspection, decisions: Decisions): Arrangement {
  const { value, why, isSure } = image.layout;
  const layout = decisions.choose('layout', { value, why, how: isSure ? 'inferred' : 'assumed' });
  const side = (field: 'width' | 'height'): number => {
    const fixed = image[field];
    if (fixed === undefined) {
      const assumed = {
        value: 224,
        how: 'assumed',
        why: reason('open_size'),
      } as const;
      return decisions.choose(field, sideBySteps(field, decisions) ?? assumed);
    }
    const known = decisions.known(field);
    if (decisions.isGiven(field) && known !== fixed) {
      throw new ImportError(
        'unsupported_use',
        aboutGraph('fixed_side', { field, fixed, given: known ?? '' }),
      );
    }
    return decisions.rule(field, fixed, reason('fixed_by_graph'));
  };
  const width = side('width');
  return { image, layout, width, height: side('height') };
}
