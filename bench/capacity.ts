import { type Load, perSecond } from './load.ts';
import { median } from './stats.ts';

export interface Capacity {
  labelsPerSecond: number;
  /** Median time of a frame at the server without its wait in the queue, while all workers are busy. */
  serviceMs: number;
}

/** What the server gives when it always has something to do. */
export async function measureCapacity(load: Load, url: string): Promise<Capacity> {
  const report = await load.run({
    cameras: [{ url, group: 'all', count: 4, pace: 'eager' }],
    warmMs: 1_000,
    durationMs: 4_000,
  });
  const services = report.cameras.flatMap(({ answers }) =>
    answers.map(({ serverMs, queueMs }) => serverMs - queueMs),
  );
  return { labelsPerSecond: perSecond(report), serviceMs: median(services) };
}
