import path from 'node:path';
import { CodedError, messageOf, textOf } from '../../protocol/errors.ts';
import { sentenceOf } from '../../protocol/sentence.ts';
import { readModelFolder } from '../library/modelFolder.ts';
import { type VersionRef, versionKey } from '../library/modelRef.ts';
import { refusalDetails } from '../library/modelRefusal.ts';
import { findPair, TWIN_FOLDERS } from '../library/versionPair.ts';
import type { RefreshResult } from '../serving/applyFolder.ts';
import { createModelChanges } from '../serving/changes.ts';
import type { ModelRegistry } from '../serving/registry.ts';
import { type Failure, failureOf, nextAtMs, RETRY_MS } from './failure.ts';
import type { FleetVersion } from './fleetLibrary.ts';
import { type InstallOptions, isGone, versionIn, withFiles } from './installModels.ts';
import type { Members, RefusedVersion, Worker } from './member.ts';
import type { StandIns } from './standIns.ts';
import { mayLoadNow } from './turnToLoad.ts';
import type { UseGate } from './useGate.ts';
import { listenToAll, waitUntil } from './waitUntil.ts';

export interface FollowOptions extends InstallOptions {
  /** Of this process. */
  memberId: string;
  members: Members;
  registry: Pick<ModelRegistry, 'ready' | 'refresh' | 'load' | 'serving' | 'liveOf'>;
}

/** Keeps the models of this process what the fleet has. */
export interface Follower {
  /** Versions that this process was to have and cannot, and why. */
  readonly refused: readonly RefusedVersion[];
  /** Gives up what is in progress. Idempotent. */
  close(): Promise<void>;
}

/** Time from one look to the next one that nothing else asks for, at the least, ms. */
const MIN_LOOK_MS = 1_000;
const MAX_WHY = 2_000;

interface Refusal extends RefusedVersion, Failure {
  readonly revision: number;
  readonly isStaged: boolean;
}

/**
 * Follows the pointers of the fleet once the registry is ready, one change after another: what is live, and what is staged
 * next to it, comes into the models folder and to the registry, which proves it; and what is refused is undone. Whether a staged
 * version may be used is for the pool of the registry: a worker's gate, or a gateway's fleet pool.
 */
export function followModels(options: FollowOptions): Follower {
  const { role, library, modelsDir, store, log, memberId, members, registry } = options;
  const stop = new AbortController();
  const refusals = new Map<string, Refusal>();
  /** Live versions whose other one of a pair could not be had, by model. */
  const halves = new Map<string, Failure>();
  /** What was live when this process had the same, by model. Where it has another one since, someone changes it here. */
  const inStep = new Map<string, string>();
  /** Versions that were loaded once. */
  const loaded = new Set<string>();
  const changes = createModelChanges(
    store,
    { tryChange: (id) => registry.refresh(id), reload: (id) => registry.refresh(id) },
    log,
  );
  let hasNews = false;
  let working: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;

  function work(): void {
    hasNews = true;
    working ??= workOff();
  }

  async function workOff(): Promise<void> {
    try {
      while (hasNews && !stop.signal.aborted) {
        hasNews = false;
        await followAll();
      }
    } catch (error) {
      if (!stop.signal.aborted)
        log.error({ error: messageOf(error) }, 'models of the fleet are not followed');
      planRetry(RETRY_MS);
    } finally {
      // With the last look for news, or some that come in between would wait for the next.
      working = undefined;
    }
  }

  function planRetry(ms: number): void {
    clearTimeout(retry);
    retry = setTimeout(work, ms);
    retry.unref();
  }

  async function followAll(): Promise<void> {
    forgetRefusals();
    for (const id of await store.ids()) {
      if (await isGone(options, id)) await remove(id);
    }
    // What is live first; then in the order in which it was staged, the same for all: two that wait for each other never end.
    const inOrder = [...library.pointers].sort(([, a], [, b]) => a.revision - b.revision);
    for (const [id, { pointer }] of inOrder) {
      if (pointer.live) await followLive(id, pointer.live);
    }
    for (const [id, { pointer, revision }] of inOrder) {
      const { staged } = pointer;
      if (staged === undefined || staged.by === memberId) continue;
      // Others may be first by now.
      if (library.pointers.get(id)?.revision !== revision) return work();
      if ((await versionIn(modelsDir, id)) !== staged.version) await install(staged, true);
    }
    const soonest = [...[...refusals.values()].filter(({ isStaged }) => !isStaged), ...halves.values()].map(
      nextAtMs,
    );
    if (soonest.length > 0) planRetry(Math.max(MIN_LOOK_MS, Math.min(...soonest) - performance.now()));
  }

  async function followLive(id: string, live: FleetVersion): Promise<void> {
    const { version } = live;
    if ((await versionIn(modelsDir, id)) === version) {
      inStep.set(id, version);
      if (role === 'worker') {
        await completePair(live);
        await loadOnce(live);
      } else {
        if (refusals.get(id)?.version === version) refusals.delete(id);
        await serveAgain(live);
      }
    } else if (inStep.get(id) !== version && !isTooSoon(live)) await install(live, false);
  }

  const isTooSoon = ({ id, version }: FleetVersion, failures: Map<string, Failure> = refusals): boolean => {
    const failure = failures.get(id);
    return failure?.version === version && performance.now() < nextAtMs(failure);
  };

  /** A gateway of an older release sends a version without the other one of its pair, which another one adds. */
  async function completePair(live: FleetVersion): Promise<void> {
    const { id, version } = live;
    const files = live.files.filter((file) =>
      TWIN_FOLDERS.some((folder) => file.path.startsWith(`${folder}/`)),
    );
    if (files.length === 0 || isTooSoon(live, halves)) return;
    try {
      const pair = await findPair(await readModelFolder(path.join(modelsDir, id)), store.kept);
      if (pair?.float !== undefined) {
        halves.delete(id);
        return;
      }
      log.info({ model: id, version }, 'the other version of a pair comes from the fleet');
      await withFiles(options, { ...live, files }, stop.signal, (dir) => store.addTwin(id, version, dir));
      halves.delete(id);
      await registry.refresh(id);
    } catch (error) {
      stop.signal.throwIfAborted();
      halves.set(id, failureOf(version, halves.get(id)));
      log.warn(
        { model: id, version, error: messageOf(error) },
        'the other version of a pair could not be had',
      );
    }
  }

  /** What serves of this version: itself, or the other one of a pair of float32 and int8. */
  const servingOf = ({ id, version }: VersionRef) =>
    registry.liveOf(id)?.version === version
      ? registry.serving.find(({ manifest }) => manifest.id === id)
      : undefined;

  /** A worker offers all that the fleet has, also what would wait for a use elsewhere. */
  async function loadOnce(live: FleetVersion): Promise<void> {
    const { id } = live;
    const folder = servingOf(live);
    const key = versionKey(live);
    if ((folder && loaded.has(key)) || isTooSoon(live)) return;
    // The one that changes the model waits for that reason; it is taken back then, and this one is tried.
    if (refusals.get(id)?.isStaged) return;
    loaded.delete(key);
    try {
      if (folder) await registry.load(folder);
      // It did not serve at the start.
      const result: RefreshResult = folder ? { ok: true } : await registry.refresh(id);
      if (result.ok) {
        loaded.add(key);
        refusals.delete(id);
      } else refuse(live, false, result);
    } catch (error) {
      refuse(live, false, error);
    }
    members.announceNow();
  }

  /** A model that no worker could serve when this gateway started, and that one serves by now. */
  async function serveAgain({ id, version }: FleetVersion): Promise<void> {
    if (servingOf({ id, version })) return;
    const isServed = members.all.some(
      (member) =>
        member.role === 'worker' && member.serving.some((one) => one.id === id && one.version === version),
    );
    if (isServed) await registry.refresh(id);
  }

  async function install(version: FleetVersion, isStaged: boolean): Promise<void> {
    const { id } = version;
    const revision = library.pointers.get(id)?.revision ?? 0;
    const before = refusals.get(id);
    if (isStaged && before?.revision === revision && before.version === version.version) return;
    log.info({ model: id, version: version.version, isStaged }, 'model version comes from the fleet');
    try {
      const result = await withFiles(options, version, stop.signal, async (dir) => {
        if (isStaged && role === 'worker') await turnToLoad(version, revision);
        // A gateway would take what was removed meanwhile for a model of its own, and bring it back.
        if (!isNamed(version)) throw new Error('It was taken back.');
        return changes.activate(id, dir, { isCopy: true });
      });
      if (result.ok) {
        refusals.delete(id);
        // At once: it may be removed here before it is looked at again.
        if (!isStaged) inStep.set(id, version.version);
      } else if (isNamed(version) && !stop.signal.aborted) refuse(version, isStaged, result);
    } catch (error) {
      stop.signal.throwIfAborted();
      if (isNamed(version)) refuse(version, isStaged, error);
    }
    members.announceNow();
  }

  /** @throws Error where the version is taken back meanwhile */
  function turnToLoad(version: FleetVersion, revision: number): Promise<true> {
    const check = () => {
      if (!isNamed(version)) throw new Error('It was taken back.');
      return mayLoadNow(members.all, memberId, version, revision) || undefined;
    };
    return waitUntil(check, { signal: stop.signal, listen: listenToAll(members, library) });
  }

  /** Not so where it was taken back meanwhile. */
  function isNamed({ id, version }: FleetVersion): boolean {
    const { live, staged } = library.pointers.get(id)?.pointer ?? {};
    return live?.version === version || staged?.version === version;
  }

  function refuse({ id, version }: FleetVersion, isStaged: boolean, reason: unknown): void {
    const { why, details } = reasonOf(reason);
    refusals.set(id, {
      ...{ id, isStaged },
      ...failureOf(version, refusals.get(id)),
      revision: library.pointers.get(id)?.revision ?? 0,
      why: String(why).slice(0, MAX_WHY),
      ...sentenceOf(why),
      ...(details && { details: details.slice(0, 20).map((line) => line.slice(0, 500)) }),
    });
    log.error({ model: id, version, why: String(why) }, 'model version of the fleet is refused here');
  }

  /** Those of versions that are not wanted any more. */
  function forgetRefusals(): void {
    for (const [id, refusal] of refusals) {
      const { live, staged } = library.pointers.get(id)?.pointer ?? {};
      const wanted = refusal.isStaged ? staged : live;
      if (wanted?.version !== refusal.version) refusals.delete(id);
    }
    for (const [id, { version }] of halves) {
      if (library.pointers.get(id)?.pointer.live?.version !== version) halves.delete(id);
    }
  }

  async function remove(id: string): Promise<void> {
    try {
      await changes.remove(id);
      log.info({ model: id }, 'model is not in the fleet any more and was removed here');
    } catch (error) {
      // The last one of a gateway stays: it does not start without.
      if (!(error instanceof CodedError && error.code === 'conflict')) throw error;
    }
  }

  const stops: (() => void)[] = [];
  registry.ready.then(
    () => {
      if (stop.signal.aborted) return;
      stops.push(library.onChange(work));
      if (role === 'gateway') stops.push(members.onChange(work));
      work();
    },
    // Who started the registry ends this process.
    () => {},
  );
  return {
    get refused() {
      return [...refusals.values()].map(({ isStaged: _, triedAtMs: __, waitMs: ___, ...refused }) => refused);
    },
    async close() {
      stop.abort(new Error('The server stops.'));
      for (const one of stops) one();
      clearTimeout(retry);
      await working;
    },
  };
}

/** What a worker announces of its models. */
export function heldBy(
  registry: Pick<ModelRegistry, 'loaded' | 'details'>,
  gate: Pick<UseGate, 'staged'>,
  follower: Pick<Follower, 'refused'> | undefined,
  standIns: Pick<StandIns, 'knownAs' | 'stagedAs'>,
): Pick<Worker, 'serving' | 'staged' | 'refused'> {
  const details = new Map(registry.details().map((one) => [one.id, one]));
  const held = registry.loaded.map(({ manifest: { id }, version }) => {
    const { inferMs, memoryBytes, precision } = details.get(id) ?? {};
    const costs = {
      ...(inferMs !== undefined && { inferMs }),
      ...(memoryBytes !== undefined && { memoryBytes }),
    };
    return { runs: { id, version }, costs, precision: precision?.serves };
  });
  return {
    serving: held.map(({ runs, costs, precision }) => ({
      ...{ id: runs.id, version: standIns.knownAs(runs), ...costs },
      ...(precision && { precision }),
    })),
    staged: [
      ...gate.staged,
      ...held.flatMap(({ runs, costs }) => {
        const version = standIns.stagedAs(runs);
        return version === undefined ? [] : { id: runs.id, version, ...costs };
      }),
    ],
    refused: [...(follower?.refused ?? [])],
  };
}

function reasonOf(reason: unknown) {
  // A refused change, as ModelChanges has it.
  if (typeof reason === 'object' && reason !== null && 'why' in reason) {
    const { why, details } = reason as { why: ReturnType<typeof textOf>; details?: readonly string[] };
    return { why, details };
  }
  return { why: textOf(reason), details: refusalDetails(reason).details };
}
