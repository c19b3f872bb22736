/** Runs up to `size` pieces of work at the same time; the others wait, first come, first served. With a size of 1 it is a serial queue. */
export interface Semaphore {
  /** Resolves and rejects as `work` does; work that fails does not hold up what waits. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Whether nothing runs or waits. */
  readonly isIdle: boolean;
  /** Resolves when nothing runs or waits. */
  whenIdle(): Promise<void>;
}

export function createSemaphore(size: number): Semaphore {
  const waiting: (() => void)[] = [];
  const idle: (() => void)[] = [];
  let running = 0;
  return {
    async run(work) {
      // Work that ends hands its slot to the next in line, so `running` does not change between the two.
      if (running >= size) await new Promise<void>((resolve) => waiting.push(resolve));
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
    get isIdle() {
      return running === 0;
    },
    whenIdle() {
      return running === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
    },
  };
}
