import { type ChangeResult, createModelChanges, type ModelChanges } from '../serving/changes.ts';
import { afterChange, type CommandContext, CommandError } from './context.ts';
import type { RunningServer } from './runningServer.ts';
import { detailLines } from './words.ts';

/** Changes of the models of this machine, each tried by the server that serves them, and rolled back where it refuses. */
export function localChanges(
  server: RunningServer,
  { store, terminal, signal }: Pick<CommandContext, 'store' | 'terminal' | 'signal'>,
): ModelChanges {
  const say = ({ why }: Readonly<Record<string, unknown>>, message: string) =>
    terminal.say(why === undefined ? message : `${message}: ${why}`);
  return createModelChanges(
    store,
    {
      async tryChange(id, { version, before }) {
        terminal.step('The server is trying it');
        const statusText =
          `${id}@${version} is in place, and the server is trying it. "npm run models -- show ${id}" says what is ` +
          `live. ${undoCommand(id, before)} undoes it.`;
        const onWait = () => terminal.step('Waits: the server is trying another model');
        const verdict = await afterChange(signal, statusText, () => server.verdict(id, version, onWait));
        return verdict ?? { ok: false, why: 'It did not report a result within two minutes.' };
      },
      // The server watches the folder.
      reload: async () => {},
    },
    { info: say, error: say },
  );
}

export const undoCommand = (id: string, before: string | undefined): string =>
  before === undefined ? `"npm run models -- remove ${id}"` : `"npm run models -- rollback ${id} ${before}"`;

/** @throws CommandError where the server refused the change; it says what is live then */
export function assertAccepted(id: string, result: ChangeResult): void {
  if (result.ok) return;
  const { version, before, why, details, isRolledBack } = result;
  const now = before === undefined ? 'It was removed again.' : `Version ${before} stays live.`;
  throw new CommandError(
    [
      `The server refused ${id}@${version}: ${why}${isRolledBack ? ` ${now}` : ''}`,
      ...detailLines(details),
    ].join('\n'),
  );
}
