import type { Prediction } from '../../protocol/messages.ts';
import { CODES_MODEL } from '../../protocol/vocabulary.ts';
import { MAX_PICTURE_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { Semaphore } from '../limits/semaphore.ts';
import { toTiming } from '../queue/toTiming.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Decoders } from '../worker/decoder/decoders.ts';
import { dropOfCost } from './dropOfCost.ts';
import { droppedError, requireFormat } from './pictureErrors.ts';

export interface CodesContext {
  limits: { readonly maxPicturePixels: number };
  /** A monotonic clock. */
  nowMs: () => number;
  /** Pictures wait for each other here. */
  pictures: Semaphore;
  /** Processes that read codes. */
  codes: Pick<Decoders, 'readCodes'>;
  metrics: Pick<Metrics, 'received' | 'answered'>;
}

/**
 * The codes of one JPEG, PNG or WebP picture. It is decoded and read in a process that does nothing else.
 * @throws CodedError `undecodable`, `frame_too_costly`, `worker_lost`
 */
export async function predictCodes(
  image: Uint8Array,
  { maxLabels }: { maxLabels?: number | undefined },
  { limits, nowMs, pictures, codes, metrics }: CodesContext,
): Promise<Prediction> {
  const format = requireFormat(image);
  metrics.received('predict', image.byteLength);
  const { maxPicturePixels: maxPixels } = limits;
  const dropped = dropOfCost(image, format, maxPixels);
  if (dropped) {
    metrics.answered('predict', dropped, 0);
    throw droppedError(dropped);
  }
  const arrivedAtMs = nowMs();
  let queueMs = 0;
  const result = await pictures.run(() => {
    queueMs = nowMs() - arrivedAtMs;
    return codes.readCodes({ format, image, maxPixels, maxCpuMs: MAX_PICTURE_DECODE_MS });
  });
  const serverMs = nowMs() - arrivedAtMs;
  if (result.kind === 'dropped') {
    metrics.answered('predict', result, serverMs);
    throw droppedError(result);
  }
  const { labels, version, decodeMs, readMs } = result;
  const timing = { queueMs, decodeMs, inferMs: readMs };
  metrics.answered('predict', { kind: 'answered', timing }, serverMs);
  return {
    model: `${CODES_MODEL}@${version}`,
    labels: labels.slice(0, maxLabels),
    timing: toTiming({ ...timing, serverMs }),
  };
}
