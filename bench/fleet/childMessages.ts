import type { ChildProcess } from 'node:child_process';

/** The messages of a process in their order, none lost while no one waits. */
export interface ChildMessages {
  /** @throws Error if the process ends first */
  next(): Promise<unknown>;
}

export function childMessages(child: ChildProcess): ChildMessages {
  const messages: unknown[] = [];
  let ended: number | null | undefined;
  let wake = () => {};
  child.on('message', (message) => {
    messages.push(message);
    wake();
  });
  child.once('exit', (code) => {
    ended = code;
    wake();
  });
  return {
    async next() {
      while (messages.length === 0) {
        if (ended !== undefined) throw new Error(`A process of the fleet ended (${ended}).`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return messages.shift();
    },
  };
}
