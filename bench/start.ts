import { startBuiltServer } from './builtServer.ts';
import { median } from './stats.ts';

/** Time from the start of the server's process until models are loaded and proven. */
const RUNS = 7;
const times: number[] = [];
for (let i = 0; i < RUNS + 1; i++) {
  const server = await startBuiltServer();
  // The first run reads files that no cache holds yet.
  if (i > 0) times.push(server.startMs);
  await server.close();
}
process.stdout.write(
  `start to ready: median ${Math.round(median(times))} ms, ` +
    `${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))} ms over ${RUNS} starts\n`,
);
