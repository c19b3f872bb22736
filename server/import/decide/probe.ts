import type { Inspection } from '../onnx/inspect.ts';
import type { Arrangement, Outputs, SourceSession } from '../onnx/sourceSession.ts';
import { type Sample, stretchedPixels } from '../pictures/samplePictures.ts';
import type { Decisions } from './decisions.ts';

/**
 * What the model gives for pictures of things, prepared well enough to see what its outputs are: how many rows they have
 * and what stands in them. On grey alone, a detector finds nothing.
 * @param grey what it gives for grey
 * @returns nothing for pictures that cannot be read, or run; nothing at all where grey shows that it is no detector
 */
export async function probe(
  session: SourceSession,
  arrangement: Arrangement,
  { takes }: Inspection,
  decisions: Decisions,
  { grey, samples }: { grey: Outputs; samples: readonly Sample[] },
): Promise<Outputs[]> {
  if (isOneVector(grey)) return [];
  const { width, height } = arrangement;
  const three = (values: readonly number[] | undefined, value: number): [number, number, number] => [
    values?.[0] ?? value,
    values?.[1] ?? value,
    values?.[2] ?? value,
  ];
  const preparation = {
    channels: decisions.known('channels') ?? 'RGB',
    scale: decisions.known('scale') ?? (takes?.range === '0..255' ? 1 : 1 / 255),
    mean: three(decisions.known('mean'), 0),
    std: three(decisions.known('std'), 1),
  };
  const found: Outputs[] = [];
  for (const { image } of samples) {
    const pixels = await stretchedPixels(image, width, height).catch(() => undefined);
    const outputs = pixels && (await session.run(pixels, arrangement, preparation).catch(() => undefined));
    if (outputs) found.push(outputs);
  }
  return found;
}

/** One row of more numbers than a detection has. */
const isOneVector = (outputs: Outputs): boolean =>
  outputs.size === 1 &&
  [...outputs.values()].every(
    ({ dims, data }) => data.length > 7 && dims.filter((side) => side !== 1).length === 1,
  );
