import type { FrameResult, TakenFrame } from '../queue/frameQueue.ts';
import type { DecodedPicture } from './decoder/messages.ts';
import type { WorkerResult } from './messages.ts';

/** What a worker said of a frame, as whoever submitted it gets it. */
export function frameResult(
  { queueMs }: TakenFrame,
  result: Exclude<WorkerResult, { kind: 'decodeElsewhere' }>,
  { version, tiles, batch }: { version: string; tiles: DecodedPicture['tiles']; batch: number },
): FrameResult {
  if (result.kind === 'dropped') return result;
  const timing = { ...result.timing, queueMs };
  return { ...result, version, timing, ...(tiles && { tiles }), ...(batch > 1 && { batch }) };
}
