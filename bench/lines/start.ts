import { startBuiltServer } from '../builtServer.ts';
import { type BenchLine, result } from '../result.ts';
import { median } from '../stats.ts';

const RUNS = 7;

/** Time from the start of the server's process until models are loaded and proven. */
export const measure: BenchLine = async () => {
  const times: number[] = [];
  for (let i = 0; i < RUNS + 1; i++) {
    const server = await startBuiltServer();
    // The first run reads files that no cache holds yet.
    if (i > 0) times.push(server.startMs);
    await server.close();
  }
  return [
    result('start of the server to ready, median', median(times), 'ms'),
    result(`the slowest of ${RUNS} starts`, Math.max(...times), 'ms'),
  ];
};
