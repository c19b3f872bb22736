import { reason } from '../../../protocol/sentences/decisions.ts';
import { LETTERBOX_GREY } from '../../../vision/steps.ts';
import type { Decisions } from '../decide/decisions.ts';
import { adviseOpenSides } from '../decide/openSides.ts';
import type { Arrangement, SourceSession } from '../onnx/sourceSession.ts';

/** Runs the model on grey, for the shapes of its outputs. A layout that was not declared must at least run. */
export async function firstRun(session: SourceSession, arrangement: Arrangement, decisions: Decisions) {
  const { image, layout, width, height } = arrangement;
  const grey = new Uint8Array(width * height * 3).fill(LETTERBOX_GREY[0]);
  const plain = { channels: 'RGB', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
  try {
    return { arrangement, shapes: await session.run(grey, arrangement, plain) };
  } catch (cause) {
    const isLayoutKnown = image.layout.isSure || decisions.known('layout') !== undefined;
    const advised = adviseOpenSides(cause, arrangement, isLayoutKnown, decisions);
    if (isLayoutKnown) throw advised;
    const other: Arrangement = { ...arrangement, layout: layout === 'NCHW' ? 'NHWC' : 'NCHW' };
    const shapes = await session.run(grey, other, plain).catch(() => {
      throw advised;
    });
    decisions.rule('layout', other.layout, reason('other_layout_fails'));
    return { arrangement: other, shapes };
  }
}
