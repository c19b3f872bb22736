import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectionEmbedders } from '../../../protocol/things.ts';
import { type CommandContext, CommandError } from '../context.ts';
import type { ServerClient } from '../ownServers.ts';

type Server = Pick<ServerClient, 'things'>;
type Context = Pick<CommandContext, 'terminal' | 'signal'>;

/** How often the server is asked how far it is, ms. */
const ASK_MS = 300;

/** What embeds the things of a collection, after what was asked for is done. */
export async function embeddersOf(
  { things }: Server,
  context: Context,
  { collection, isCompared, use }: { collection: string; isCompared: boolean; use: string | undefined },
): Promise<CollectionEmbedders> {
  if (use !== undefined) {
    await things.chooseEmbedder(collection, use);
    const { inUse } = await whenDone(things, collection, context);
    context.terminal.say(`The things of ${collection} are compared by "${inUse}" now.`);
  }
  if (!isCompared) return things.embedders(collection);
  await things.compareEmbedders(collection);
  return whenDone(things, collection, context);
}

/** @throws CommandError where it failed */
async function whenDone(
  things: Server['things'],
  collection: string,
  { terminal, signal }: Context,
): Promise<CollectionEmbedders> {
  for (;;) {
    const status = await things.embedders(collection);
    const { moving, comparing, problem } = status;
    if (problem !== undefined) throw new CommandError(problem);
    const progress = moving ?? comparing;
    if (progress === undefined) return status;
    if (progress.total > 0) terminal.count('samples', progress.done, progress.total);
    await sleep(ASK_MS, undefined, { signal });
  }
}
