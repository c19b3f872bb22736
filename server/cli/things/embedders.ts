import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectionEmbedders } from '../../../protocol/things.ts';
import { type CommandContext, CommandError, Interrupted } from '../context.ts';
import type { ServerClient } from '../ownServers.ts';

type Server = Pick<ServerClient, 'things'>;
type Context = Pick<CommandContext, 'terminal' | 'signal'>;

/** How often the server is asked how far it is, ms. */
const ASK_MS = 300;

/**
 * What embeds the things of a collection, after what was asked for is done.
 * @throws Interrupted where the context's signal ends a comparison, which ends on the server too, or the waiting for another model
 */
export async function embeddersOf(
  { things }: Server,
  context: Context,
  { collection, isCompared, use }: { collection: string; isCompared: boolean; use: string | undefined },
): Promise<CollectionEmbedders> {
  if (use !== undefined) {
    await things.chooseEmbedder(collection, use);
    const { inUse } = await whenDone(things, collection, context).catch((cause: unknown) => {
      if (!context.signal.aborted) throw cause;
      const look = `"npm run livelens -- things embedders ${collection}" shows how far it is`;
      throw new Interrupted(`the server goes on with it; ${look}, and --use goes back.`, { cause });
    });
    context.terminal.say(`The things of ${collection} are compared by "${inUse}" now.`);
  }
  if (!isCompared) return things.embedders(collection);
  await things.compareEmbedders(collection);
  const compared = await whenDone(things, collection, context).catch(async (cause: unknown) => {
    if (!context.signal.aborted) throw cause;
    await things.cancelComparison(collection);
    throw new Interrupted('the comparison was cancelled, and nothing changed.', { cause });
  });
  if (compared.samples !== undefined) return compared;
  throw new CommandError('The comparison was cancelled elsewhere. Run the command again.');
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
