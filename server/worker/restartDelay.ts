/** The end of a process that lived longer than this starts a new series, ms. */
const HEALTHY_AFTER_MS = 10_000;
const MAX_DELAY_MS = 10_000;

/**
 * Delay before a process that ended is started again: none for the first times, then longer and longer, so that a process
 * which always crashes does not use up the machine.
 * @param free number of restarts in a row without a delay
 * @returns a function from the lifetime of the process, ms, to the delay, ms
 */
export function createRestartDelay(free = 2): (livedMs: number) => number {
  let failures = 0;
  return (livedMs) => {
    failures = livedMs > HEALTHY_AFTER_MS ? 0 : failures + 1;
    return failures <= free ? 0 : Math.min(100 * 2 ** (failures - free), MAX_DELAY_MS);
  };
}
