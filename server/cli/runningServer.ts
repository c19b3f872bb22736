import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelDetails } from '../../protocol/models.ts';
import { readModelFolder } from '../models/modelFolder.ts';
import type { RefreshResult } from '../models/registry.ts';
import type { ModelStore } from '../models/store.ts';
import type { ServerClient } from './serverClient.ts';

/** A server that serves the models of this machine's folder, and so will take up what changes there. */
export interface RunningServer {
  /**
   * Waits until a version serves, or until the server says why it does not.
   * @returns undefined when it said neither for two minutes
   */
  verdict(id: string, version: string): Promise<RefreshResult | undefined>;
}

const POLL_MS = 200;
const WAIT_MS = 120_000;

/** Looks for a server that knows just the models of this folder; to be called before anything is changed in it. */
export async function findRunningServer(
  client: ServerClient,
  { store, modelsDir, signal }: { store: ModelStore; modelsDir: string; signal: AbortSignal },
): Promise<RunningServer | undefined> {
  const before = await client.list().catch(() => undefined);
  signal.throwIfAborted();
  if (before === undefined || !(await isOf(before.models, store, modelsDir))) return undefined;
  return {
    async verdict(id, version) {
      const old = before.models.find((model) => model.id === id);
      const giveUpAt = performance.now() + WAIT_MS;
      let wasTried = false;
      while (performance.now() < giveUpAt) {
        const list = await client.list().catch(() => undefined);
        signal.throwIfAborted();
        if (!(await isLive(store, id, version))) {
          return { ok: false, why: 'It was taken back, or another version put in its place, meanwhile.' };
        }
        const found = list?.models.find((model) => model.id === id);
        if (found) {
          const isTrying = found.state === 'loading' || found.state === 'trial';
          wasTried ||= isTrying;
          if (!isTrying && found.version === version && found.problem === undefined) return { ok: true };
          // A folder that cannot be read has no version; then only the reason tells an old refusal from a new one.
          const isNews =
            found.refused === undefined
              ? found.problem !== old?.problem
              : found.refused === version && old?.refused !== version;
          if (!isTrying && (wasTried || isNews) && found.problem !== undefined) {
            const { problem: why, problemDetails: details } = found;
            return { ok: false, why, ...(details && { details }) };
          }
        }
        await sleep(POLL_MS, undefined, { signal });
      }
      return undefined;
    },
  };
}

async function isLive(store: ModelStore, id: string, version: string): Promise<boolean> {
  const history = await store.history(id).catch(() => []);
  return history.at(-1)?.version === version;
}

async function isOf(models: readonly ModelDetails[], store: ModelStore, modelsDir: string): Promise<boolean> {
  const ids = await store.ids();
  if (
    models
      .map(({ id }) => id)
      .sort()
      .join() !== ids.join()
  )
    return false;
  for (const { id, version, state, problem } of models) {
    if (state === 'broken' || problem !== undefined) continue;
    const folder = await readModelFolder(path.join(modelsDir, id)).catch(() => undefined);
    if (folder?.version !== version) return false;
  }
  return true;
}
