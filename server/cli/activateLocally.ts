import type { ActivateOptions } from '../library/store.ts';
import type { CommandContext } from './context.ts';
import { assertAccepted, localChanges } from './localChanges.ts';

/**
 * Makes a staged version live in this machine's models, and says so.
 * @param how.undo how to go back, added to what is said
 * @returns `activated`: it is on the disk, and no server that runs here took it up
 * @throws CommandError where a server runs and refuses it; nothing has changed then
 */
export async function activateLocally(
  id: string,
  stagingDir: string,
  { undo, ...how }: Pick<ActivateOptions, 'isNew' | 'name' | 'assertLive'> & { undo?: string },
  context: CommandContext,
): Promise<'live' | 'activated'> {
  const { store, terminal, config, running } = context;
  const say = (text: string) => terminal.say(undo === undefined ? text : `${text} ${undo}`);
  const server = await running();
  if (!server) {
    const { version } = await store.activate(id, stagingDir, how);
    say(`${id}@${version} is in ${config.modelsDir}. A server that starts there will serve it.`);
    return 'activated';
  }
  const result = await localChanges(server, context).activate(id, stagingDir, how);
  assertAccepted(id, result);
  say(`${id}@${result.version} is live.`);
  return 'live';
}
