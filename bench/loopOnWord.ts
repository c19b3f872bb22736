/**
 * Makes this process a loop over `run`: it says `ready` after `warmUps` runs, runs between the messages `go` and `stop`,
 * and then tells how often, how long each time, and what processor time it took.
 */
export async function loopOnWord(run: () => Promise<unknown>, warmUps: number): Promise<void> {
  let isRunning = false;
  process.on('message', async (word: 'go' | 'stop') => {
    if (word === 'stop') {
      isRunning = false;
      return;
    }
    isRunning = true;
    const runsMs: number[] = [];
    const startedAt = performance.now();
    const before = process.cpuUsage();
    while (isRunning) {
      const beganAt = performance.now();
      await run();
      runsMs.push(performance.now() - beganAt);
      await new Promise(setImmediate);
    }
    const { user, system } = process.cpuUsage(before);
    const perSecond = (runsMs.length * 1000) / (performance.now() - startedAt);
    process.send?.({ perSecond, runsMs, cpuMs: (user + system) / 1000 });
  });
  process.on('disconnect', () => process.exit(0));
  for (let i = 0; i < warmUps; i++) await run();
  process.send?.('ready');
}
