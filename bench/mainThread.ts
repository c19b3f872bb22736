import type { LivePage } from './page.ts';

/** What the main thread of a page did since Chromium began to count, ms; `Performance.enable` comes before. */
export async function busyMs({ cdp }: LivePage) {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const read = (wanted: string) => (metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN) * 1000;
  return {
    taskMs: read('TaskDuration'),
    // Unlike the others no wall time: where the processors are shared, a task is as long as others let it be.
    processorMs: read('ThreadTime'),
    scriptMs: read('ScriptDuration'),
    layoutMs: read('LayoutDuration') + read('RecalcStyleDuration'),
  };
}
