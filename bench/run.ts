import { spawnSync } from 'node:child_process';

/** `npm run bench`: every line, one after the other; each file runs alone as well. */
for (const line of ['start', 'throughput', 'firstLabel']) {
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', `bench/${line}.ts`], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}
