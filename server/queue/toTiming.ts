import type { Timing } from '../../protocol/messages.ts';
import { round } from '../../vision/toLabel.ts';

/** Times as they go over the wire: without digits that no one can see. */
export function toTiming({ queueMs, decodeMs, inferMs, serverMs }: Timing): Timing {
  return {
    queueMs: round(queueMs, 2),
    decodeMs: round(decodeMs, 2),
    inferMs: round(inferMs, 2),
    serverMs: round(serverMs, 2),
  };
}
