import type { TestContext } from 'node:test';

/**
 * For tests: `t.mock.timers` for one kind of timer. Up to Node.js 20.14 clearing a timer that was never set throws with them, and so does
 * clearing one in its own callback; both are allowed everywhere else.
 */
export function mockTimers(t: TestContext, kind: 'setTimeout' | 'setInterval'): void {
  t.mock.timers.enable({ apis: [kind] });
  // What is put in place here ends with the mock, which puts back what was there before it.
  const fired = kind === 'setTimeout' ? watchFired() : new Set();
  const name = kind === 'setTimeout' ? 'clearTimeout' : 'clearInterval';
  const clear = globalThis[name];
  globalThis[name] = (timer) => {
    if (timer !== undefined && !fired.has(timer)) clear(timer);
  };
}

/** @returns the timers whose callbacks have begun */
function watchFired(): ReadonlySet<unknown> {
  const fired = new Set<unknown>();
  const set = globalThis.setTimeout;
  const watched = (callback: () => void, ms?: number) => {
    const timer = set(() => {
      fired.add(timer);
      callback();
    }, ms);
    return timer;
  };
  globalThis.setTimeout = Object.assign(watched, set);
  return fired;
}
