import { CodedError, messageOf } from '../../protocol/errors.ts';
import { type ModelFolder, modelRef } from '../library/modelFolder.ts';
import type { ModelRef } from '../library/modelRef.ts';
import type { Log } from '../telemetry/log.ts';
import type { LoadedModel } from '../worker/messages.ts';
import type { FleetLibrary } from './fleetLibrary.ts';
import { costIn, refusalOf, UNKNOWN_COST, workersOf } from './fleetWorkers.ts';
import type { Members } from './member.ts';
import type { Packer } from './packVersion.ts';

export interface StartOptions {
  library: FleetLibrary;
  members: Members;
  /** What stands in the models folder of this gateway, and which of it has to serve from the start. */
  found: { readonly folders: readonly ModelFolder[]; readonly loaded: readonly ModelFolder[] };
  packer: Packer;
  log: Log;
  /** Waits until the check gives something, for as long as it takes. */
  waitFor<T>(check: () => T | undefined): Promise<T>;
  signal: AbortSignal;
}

/**
 * Gives the fleet the models that it does not know, and waits until workers have them. One that serves is enough to begin, and
 * none is no reason to end: workers may come at any time.
 */
export async function startFleet(options: StartOptions): Promise<readonly LoadedModel[]> {
  const { members, found, log, waitFor, signal } = options;
  const failed: LoadedModel[] = [];
  for (const model of found.folders.map(modelRef)) {
    try {
      await addToFleet(model, options);
    } catch (error) {
      signal.throwIfAborted();
      const why = messageOf(error);
      log.error({ model: model.id, why }, 'model could not be given to the fleet');
      failed.push({ id: model.id, version: model.version, ok: false, why });
    }
  }
  const asked = found.loaded.map(modelRef).filter(({ id }) => !failed.some((one) => one.id === id));
  // The reasons are the answer: no worker could change anything.
  if (asked.length === 0) return failed;
  const outcomes = () => asked.flatMap((model) => outcomeOf(model, options) ?? []);
  if (outcomes().length === 0) {
    log.warn(
      { workers: workersOf(members).length },
      'no worker of the fleet serves a model yet; waiting for one: "livelens worker" starts it',
    );
  }
  return waitFor(() => {
    const known = outcomes();
    return known.length === asked.length && known.some(({ ok }) => ok) ? [...known, ...failed] : undefined;
  });
}

/** Gives the fleet a model that it does not know, or that NATS has lost; of one that it has, the other one of its pair. */
export async function addToFleet(
  model: ModelRef,
  { library, packer, log, signal }: Pick<StartOptions, 'library' | 'packer' | 'log' | 'signal'>,
): Promise<void> {
  const stored = library.pointers.get(model.id);
  const { live, staged } = stored?.pointer ?? {};
  if (stored !== undefined) {
    if (live?.version !== model.version) return;
    const isLost = stored.revision === 0;
    // Who changes it brings both.
    if (!isLost && (staged !== undefined || !(await packer.lacksTwin(model, live)))) return;
  }
  const packed = await packer.pack(model);
  await library.upload(packed, signal);
  try {
    await library.point(model.id, { live: packed.version }, stored?.revision ?? 0);
    log.info({ model: model.id, version: model.version }, 'model was given to the fleet');
  } catch (error) {
    // Another gateway was faster; what it gave is followed.
    if (!(error instanceof CodedError && error.code === 'conflict')) throw error;
  }
}

/** What became of a model in the workers; undefined while that is not known. */
function outcomeOf({ id, version }: ModelRef, { library, members }: StartOptions): LoadedModel | undefined {
  const workers = workersOf(members);
  const cost = costIn(workers, { id, version });
  // Another version that is live by now is followed from then on.
  const isLive = library.pointers.get(id)?.pointer.live?.version === version;
  if (cost || !isLive) return { id, version, ok: true, ...(cost ?? UNKNOWN_COST) };
  const refusals = workers.flatMap((worker) => refusalOf(worker, { id, version }) ?? []);
  const [first] = refusals;
  if (first === undefined || refusals.length < workers.length) return undefined;
  const { why, sentence, details } = first;
  return { id, version, ok: false, why, ...(sentence && { sentence }), ...(details && { details }) };
}
