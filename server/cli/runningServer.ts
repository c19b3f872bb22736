import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from '../../client/clientError.ts';
import { messageOf } from '../../protocol/errors.ts';
import { liveVersionOf, type ModelDetails, type ModelList } from '../../protocol/models.ts';
import { readModelFolder } from '../library/modelFolder.ts';
import type { ModelStore } from '../library/store.ts';
import type { RefreshResult } from '../serving/applyFolder.ts';
import { CommandError } from './context.ts';
import type { ServingServer } from './ownServers.ts';

/** A server that serves the models of this machine's folder, and so will take up what changes there. */
export interface RunningServer {
  /**
   * Waits until a version serves, or until the server says why it does not.
   * @param onWait called once, when the server is busy with another model
   * @returns undefined when it did nothing for two minutes
   */
  verdict(id: string, version: string, onWait: () => void): Promise<RefreshResult | undefined>;
}

const POLL_MS = 100;
/** How long a server may do nothing, or say nothing. */
const WAIT_MS = 120_000;

const isTrying = ({ state }: ModelDetails) => state === 'loading' || state === 'trial';

/**
 * Finds a server that serves the models of this folder; to be called before anything is changed in it.
 * @throws CommandError where one is on record and does not answer
 */
export async function findRunningServer(
  candidates: readonly ServingServer[],
  { store, modelsDir, signal }: { store: ModelStore; modelsDir: string; signal: AbortSignal },
): Promise<RunningServer | undefined> {
  for (const { client, isOnRecord } of candidates) {
    const before = isOnRecord
      ? await patientList(client, signal)
      : await client.models().catch(() => undefined);
    signal.throwIfAborted();
    if (before === undefined || !(isOnRecord || (await servesFolder(before.models, store, modelsDir))))
      continue;
    return {
      verdict: (id, version, onWait) => verdict({ id, version, before, client, store, signal, onWait }),
    };
  }
  return undefined;
}

/** The models of a server on record, waiting while it is busy; undefined where it has ended. */
async function patientList(
  client: ServingServer['client'],
  signal: AbortSignal,
): Promise<ModelList | undefined> {
  const giveUpAt = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await client.models();
    } catch (cause) {
      signal.throwIfAborted();
      if (isConnectionRefused(cause)) return undefined;
      if (performance.now() > giveUpAt) {
        throw new CommandError(
          `A server at ${client.url} serves these models and does not answer: ${messageOf(cause)} Nothing ` +
            'changed. Try again when it answers, or stop it.',
          { cause },
        );
      }
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Nothing listens there. Else something does, and is too busy to answer, or is no server of Livelens. */
function isConnectionRefused(error: unknown): boolean {
  if (!(error instanceof ClientError) || !(error.cause instanceof Error)) return false;
  const { cause: reason } = error.cause;
  return reason instanceof Error && 'code' in reason && reason.code === 'ECONNREFUSED';
}

/** See RunningServer. @param question.before what the server said before the change */
async function verdict(question: {
  id: string;
  version: string;
  before: ModelList;
  client: ServingServer['client'];
  store: ModelStore;
  signal: AbortSignal;
  onWait: () => void;
}): ReturnType<RunningServer['verdict']> {
  const { id, version, before, client, store, signal, onWait } = question;
  const old = before.models.find((model) => model.id === id);
  let giveUpAt = performance.now() + WAIT_MS;
  let wasTried = false;
  let isNotified = false;
  while (performance.now() < giveUpAt) {
    const list = await client.models().catch(() => undefined);
    signal.throwIfAborted();
    if (!(await isLive(store, id, version))) {
      return { ok: false, why: 'It was rolled back, or replaced by another version, in the meantime.' };
    }
    const found = list?.models.find((model) => model.id === id);
    const isTried = found !== undefined && isTrying(found);
    if (found) {
      wasTried ||= isTried;
      if (!isTried && liveVersionOf(found) === version && found.problem === undefined) return { ok: true };
      // A folder that cannot be read has no version; then only the reason distinguishes an old refusal from a new one.
      const isNews =
        found.refused === undefined
          ? found.problem !== old?.problem
          : found.refused === version && old?.refused !== version;
      if (!isTried && (wasTried || isNews) && found.problem !== undefined) {
        const { problem: why, problemDetails: details } = found;
        return { ok: false, why, ...(details && { details }) };
      }
    }
    if (list?.models.some(isTrying)) {
      giveUpAt = performance.now() + WAIT_MS;
      if (!isTried && !isNotified) {
        isNotified = true;
        onWait();
      }
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  return undefined;
}

async function isLive(store: ModelStore, id: string, version: string): Promise<boolean> {
  const history = await store.history(id).catch(() => []);
  return history.at(-1)?.version === version;
}

/** Whether a server knows just the models of this folder, but for those that it is about to try. */
async function servesFolder(
  models: readonly ModelDetails[],
  store: ModelStore,
  modelsDir: string,
): Promise<boolean> {
  const isOnTrial = async (id: string) => (await store.history(id).catch(() => [])).at(-1)?.onTrial === true;
  const listed = new Map(models.map((model) => [model.id, model]));
  const ids = await store.ids();
  if (models.some(({ id }) => !ids.includes(id))) return false;
  for (const id of ids) {
    const model = listed.get(id);
    // What is broken has no version, or another one.
    if (model?.state === 'broken' || model?.problem !== undefined) continue;
    const folder = await readModelFolder(path.join(modelsDir, id)).catch(() => undefined);
    if (folder?.version !== (model && liveVersionOf(model)) && !(await isOnTrial(id))) return false;
  }
  return true;
}
