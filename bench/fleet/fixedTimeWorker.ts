import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameOutbox, FrameResult } from '../../server/queue/frameQueue.ts';

/**
 * A worker whose model takes a fixed time and no processor, so that two cores can host many. Its answer is that of a frame with
 * three objects.
 * @returns when `signal` aborts and the frame in hand is answered
 */
export async function workFixedTime(outbox: FrameOutbox, workMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const frame = await outbox.take(signal);
    if (frame === undefined) return;
    await sleep(workMs);
    frame.answer(fixedAnswer(frame.queueMs, workMs));
  }
}

export const fixedAnswer = (queueMs: number, inferMs: number): FrameResult => ({
  kind: 'answered',
  version: 'v1',
  answer: {
    task: 'object-detection',
    detections: ['person', 'dog', 'bicycle'].map((label) => ({
      label,
      score: 0.9,
      box: [0.1, 0.1, 0.5, 0.5],
    })),
  },
  timing: { queueMs, decodeMs: 0, inferMs },
});
