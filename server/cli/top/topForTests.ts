import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { BIN, ended, type openCommand } from '../../testing/runCommand.ts';

type Start = Awaited<ReturnType<typeof openCommand>>['start'];

/** `livelens top` as a person runs it: in a pipe, or on a terminal. */
export function openTop(t: TestContext, start: Start) {
  return {
    run(args: readonly string[], env: Record<string, string> = {}) {
      const child = start(args, env, 'top');
      child.stdin?.end();
      return ended(child);
    },
    /** On a terminal of this size, which "script" of util-linux makes. */
    onTerminal(
      { columns, rows }: { columns: number; rows: number },
      env: Record<string, string> = {},
      args = '',
    ) {
      const command = `stty cols ${columns} rows ${rows}; echo pid=$$; exec "${process.execPath}" "${BIN}" top ${args}`;
      const child: ChildProcess = start([command], env, 'terminal');
      let said = '';
      const waiting = new Set<() => void>();
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        for (const look of waiting) look();
      });
      const code = once(child, 'close').then(([status]) => status as number | null);
      t.after(async () => {
        child.kill();
        await code;
      });
      return {
        code,
        /** All that was printed, with ESC for the character of that name. */
        text: () => said.replaceAll('\x1b', 'ESC'),
        type: (keys: string) => void child.stdin?.write(keys),
        signal: (name: NodeJS.Signals) => process.kill(Number(/pid=(\d+)/.exec(said)?.[1]), name),
        /** Resolves when all that was printed, or what is on the screen now, is this. */
        async until(pattern: RegExp, { isOnScreen = false } = {}): Promise<void> {
          for (;;) {
            const drawn = said.split('\x1b[H').at(-1) ?? '';
            if (isOnScreen ? drawn.includes('\x1b[?2026l') && pattern.test(drawn) : pattern.test(said))
              return;
            await new Promise<void>((resolve, reject) => {
              const look = () => {
                waiting.delete(look);
                resolve();
              };
              waiting.add(look);
              void code.then((status) => reject(new Error(`It ended with ${status}: ${said}`)));
            });
          }
        },
      };
    },
  };
}
