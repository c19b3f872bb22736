import type { TestContext } from 'node:test';

/**
 * For tests: `t.mock.timers` for one kind of timer. Up to Node.js 20.14 clearing a timer that was never set throws with
 * them, which is allowed everywhere else.
 */
export function mockTimers(t: TestContext, kind: 'setTimeout' | 'setInterval'): void {
  t.mock.timers.enable({ apis: [kind] });
  const name = kind === 'setTimeout' ? 'clearTimeout' : 'clearInterval';
  const clear = globalThis[name];
  // Ends with the mock, which puts back what was there before it.
  globalThis[name] = (timer) => {
    if (timer !== undefined) clear(timer);
  };
}
