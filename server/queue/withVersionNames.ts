import type { FrameOutbox, TakenFrame } from './frameQueue.ts';

/** An outbox whose workers know versions of models by other names than who sends frames. */
export function withVersionNames(
  outbox: FrameOutbox,
  nameOf: (model: string, version: string) => string,
): FrameOutbox {
  const named = (frame: TakenFrame): TakenFrame => ({
    ...frame,
    answer: (result) =>
      frame.answer(
        result.kind === 'answered' ? { ...result, version: nameOf(frame.job.model, result.version) } : result,
      ),
  });
  return {
    async take(signal) {
      const frame = await outbox.take(signal);
      return frame && named(frame);
    },
    takeWaiting: async (model, counts) => (await outbox.takeWaiting(model, counts)).map(named),
  };
}
