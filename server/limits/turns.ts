/** Lets a few pieces of work run at once; the others wait for their turn, in order. */
export interface Turns {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing runs or waits. */
  whenIdle(): Promise<void>;
}

export function createTurns(atOnce: number): Turns {
  const waiting: (() => void)[] = [];
  const idle: (() => void)[] = [];
  let running = 0;
  return {
    async run(work) {
      // A turn that ends is handed to the next in line, so `running` does not change between the two.
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
        if (running === 0) for (const resolve of idle.splice(0)) resolve();
      }
    },
    whenIdle() {
      return running === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
    },
  };
}
