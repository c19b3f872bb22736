import { CodedError, textOf, WordedError } from '../../protocol/errors.ts';
import { sentenceOf } from '../../protocol/sentence.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { type CollectionDetails, type CollectionEmbedders, THINGS_MODEL } from '../../protocol/things.ts';
import { samplesOf, type Things } from '../../vision/things/collectionIndex.ts';
import { namesFrom } from '../../vision/things/head.ts';
import type { ModelDirectory } from '../serving/modelDirectory.ts';
import type { TaughtCollections } from '../serving/taughtModel.ts';
import type { Log } from '../telemetry/log.ts';
import { loggedError } from '../telemetry/loggedText.ts';
import { type BackgroundOptions, backgroundOf } from './background.ts';
import type { Collection } from './collection.ts';
import { type Compared, compareEmbedders } from './compareEmbedders.ts';
import { embedAgain } from './embedAgain.ts';
import { learner } from './learner/learner.ts';
import { embedderOf, servingEmbedders, servingVersionOf } from './servingEmbedders.ts';
import type { TeachContext } from './teach.ts';
import type { ThingsStore } from './thingsStore.ts';

export interface TaughtCollectionsOptions extends Omit<BackgroundOptions, 'thingsDir'> {
  store: ThingsStore;
  /** Asked for when there is something to embed: it holds what is built later. */
  context(): TeachContext & { readonly models: Pick<ModelDirectory, 'serving'> };
  log: Log;
  nowMs?: () => number;
}

/** What embeds the things of collections, and what may. Methods about one collection throw CodedError `unknown_collection`. */
export interface Embedders {
  /** What there is, and what is being done about it. */
  status(id: string): CollectionEmbedders;
  /** Tries all of them on the samples, in the background. @throws CodedError `conflict` while they are embedded again */
  compare(id: string): CollectionEmbedders;
  /**
   * Tries all of them, or waits for others who do.
   * @param signal ends what this one began
   * @throws CodedError why it failed; `conflict` where it was cancelled
   */
  compared(id: string, signal: AbortSignal): Promise<CollectionEmbedders>;
  /** Ends `compare`, whoever began it; nothing where there is none. */
  cancelComparison(id: string): CollectionEmbedders;
  /**
   * Embeds all samples by this model, in the background, and lets the collection use it then. What was asked for before is given up.
   * @param model id; that of the shipped one among them
   * @throws CodedError `conflict` where it gives no embeddings, or does not serve
   */
  use(id: string, model: string): CollectionEmbedders;
  /** How far its samples are embedded again by a new version of its model; undefined where what was learned gives names. */
  relearning(id: string): CollectionDetails['relearning'];
  /** Resolves when all samples are embedded by the version that serves. @throws what keeps it from that */
  settled(id: string): Promise<void>;
}

/** Work on a collection in the background. */
interface Work {
  readonly embedder: string | undefined;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  progress: { done: number; total: number };
  why?: unknown;
}

const cancelled = () => new CodedError('conflict', aboutThings('comparison_cancelled'));

/** After embedding again has failed, it is not tried again for so long, ms: twice as long each time. */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

/** What the registry of models needs to know of taught things, and what a person may choose about them. */
export function createTaughtCollections({
  store,
  context,
  modelsDir,
  log,
  nowMs = () => performance.now(),
}: TaughtCollectionsOptions): TaughtCollections & Embedders {
  /**
   * The version of the model by which all samples of a collection are embedded, by its id. Others may have come since: by a change
   * that was taken back, or a picture that was on its way while the model was replaced.
   */
  const embedded = new Map<string, { readonly version: string; readonly things: Things }>();
  const moving = new Map<string, Work>();
  const comparing = new Map<string, Work>();
  const compared = new Map<
    string,
    Compared & { readonly things: Things; readonly inUse: string | undefined }
  >();
  /** Why what a person asked for has failed. */
  const problems = new Map<string, unknown>();
  const pauses = new Map<string, { readonly untilMs: number; readonly ms: number }>();
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };

  const background = (embedder: string) =>
    backgroundOf(embedder, { modelsDir, thingsDir: store.dir }, context());

  /** Begins work, which ends by itself; its failure is `why`. */
  function begin(
    all: Map<string, Work>,
    id: string,
    embedder: string | undefined,
    work: (signal: AbortSignal, onProgress: (done: number, total: number) => void) => Promise<void>,
  ): Work {
    const abort = new AbortController();
    const before = all.get(id);
    before?.abort.abort(new Error('Something else is wanted.'));
    const begun: Work = { embedder, abort, progress: { done: 0, total: 0 }, ended: run() };
    all.set(id, begun);
    return begun;

    async function run(): Promise<void> {
      // At once it has no place among the others yet.
      await before?.ended;
      try {
        await work(abort.signal, (done, total) => {
          begun.progress = { done, total };
        });
      } catch (error) {
        begun.why = error;
      }
      if (all.get(id) === begun) all.delete(id);
    }
  }

  /** Embeds again what needs it, and learns. */
  const move = (id: string, embedder: string | undefined): Work =>
    begin(moving, id, embedder, async (signal, onProgress) => {
      const collection = store.find(id);
      try {
        if (embedder !== undefined) await background(embedder);
        // Of one that was imported, what was learned before knows none.
        if (collection.isLearned && collection.head.embedder?.background.every((value) => value === 0))
          collection.learnAgain();
        const { things } = collection;
        await embedAgain(collection, context(), { embedder, signal, onProgress });
        embedded.set(id, { version: context().models.find(embedder ?? THINGS_MODEL).version, things });
        pauses.delete(id);
      } finally {
        // Also of what was embedded before, where this failed.
        await collection.learned();
        notify();
      }
    });

  /** As far as a model wants it: what fails is for the log, and tried again later. */
  async function load(id: string): Promise<void> {
    const work = move(id, store.find(id).embedder);
    await work.ended;
    if (work.why === undefined || work.abort.signal.aborted || !store.has(id)) return;
    const ms = Math.min(2 * (pauses.get(id)?.ms ?? FIRST_PAUSE_MS / 2), MAX_PAUSE_MS);
    pauses.set(id, { untilMs: nowMs() + ms, ms });
    log.warn(
      { why: loggedError(work.why), retryMs: ms },
      'samples of another version of the model were not embedded again',
    );
  }

  const versionNow = (embedder: string | undefined) => servingVersionOf(context().models, embedder);

  /** What was found out, as long as it is about what the collection holds, and the model that it uses. */
  const comparedOf = (collection: Collection) => {
    const { id, things, embedder } = collection;
    const found = compared.get(id);
    const isOfNow = found?.things === things && found.inUse === embedder && isOfServing(embedder, found);
    return isOfNow ? found : undefined;
  };

  /** Whether what was found out about a model is about the version that serves. One that is gone has no other. */
  const isOfServing = (embedder: string | undefined, { byEmbedder }: Compared): boolean => {
    const version = versionNow(embedder);
    return version === undefined || byEmbedder.get(embedder)?.version === version;
  };

  function status(id: string): CollectionEmbedders {
    const collection = store.find(id);
    const inUse = collection.embedder ?? THINGS_MODEL;
    const serving = servingEmbedders(context().models);
    const isThere = serving.some(({ model }) => model === inUse);
    const found = comparedOf(collection);
    const [move, comparison] = [moving.get(id), comparing.get(id)];
    const problem = problems.get(id);
    return {
      inUse,
      embedders: [...serving, ...(isThere ? [] : [{ model: inUse, name: inUse, serves: false }])].map(
        (one) => {
          const embedder = embedderOf(one.model);
          const { recognised, verdict } =
            (found && isOfServing(embedder, found) ? found.byEmbedder.get(embedder) : undefined) ?? {};
          return { ...one, ...(recognised !== undefined && { recognised }), ...(verdict && { verdict }) };
        },
      ),
      ...(found && { samples: found.samples }),
      ...(comparison && { comparing: comparison.progress }),
      ...(move && { moving: { model: move.embedder ?? THINGS_MODEL, ...move.progress } }),
      ...(problem !== undefined && {
        problem: String(textOf(problem)),
        problemCode: problem instanceof CodedError ? problem.code : ('internal' as const),
        ...(sentenceOf(textOf(problem)).sentence && {
          problemSentence: sentenceOf(textOf(problem)).sentence,
        }),
      }),
    };
  }

  /** Says it to whoever asks next, where it failed and was not given up. */
  const noteProblem = (id: string, work: Work) =>
    void work.ended.then(() => {
      const { why, abort } = work;
      if (why === undefined || abort.signal.aborted || !store.has(id)) return;
      problems.set(id, asTold(why));
    });

  /** What other software says may name files of this machine: that is for the log. */
  function asTold(why: unknown): unknown {
    if (why instanceof WordedError) return why;
    log.error({ why: loggedError(why) }, 'what embeds taught things was not tried or changed');
    return new CodedError('internal', aboutModels('server_failed'));
  }

  /** Whether what was learned is about the version that serves: another one gives other vectors of the same thing. */
  function namesNow({ head }: Collection): boolean {
    const version = versionNow(head.embedder?.model);
    return version === undefined || namesFrom(head, version);
  }

  function compare(id: string): Work {
    const collection = store.find(id);
    if (moving.get(id)) throw new CodedError('conflict', aboutThings('moving'));
    problems.delete(id);
    const embedders = servingEmbedders(context().models).map(({ model }) => embedderOf(model));
    const work = begin(comparing, id, undefined, async (signal, onProgress) => {
      const { things, embedder: inUse } = collection;
      const options = { embedders, context: context(), learner, background, signal, onProgress };
      const found = await compareEmbedders(collection, options);
      signal.throwIfAborted();
      if (collection.things !== things || collection.embedder !== inUse)
        throw new CodedError('conflict', aboutThings('changed_while_compared'));
      compared.set(id, { ...found, things, inUse });
      const { changed: model } = found;
      if (model !== undefined) throw new CodedError('conflict', aboutThings('compared_others', { model }));
    });
    noteProblem(id, work);
    return work;
  }

  store.onRemoved((id) => {
    for (const all of [embedded, compared, problems, pauses]) all.delete(id);
    const gone = new CodedError('unknown_collection', aboutThings('no_collection', { id }));
    for (const all of [moving, comparing]) all.get(id)?.abort.abort(gone);
    notify();
  });

  return {
    headOf(id) {
      const collection = store.has(id) ? store.find(id) : undefined;
      return collection && (() => (namesNow(collection) ? collection.head : undefined));
    },
    embedderOf(id) {
      if (!store.has(id)) return undefined;
      // While another takes over, names come from what was learned before: what is found has to be embedded as that was.
      const { isLearned, head, embedder } = store.find(id);
      return isLearned ? head.embedder?.model : embedder;
    },
    load(id, version) {
      if (!store.has(id)) return undefined;
      const { isLearned, things } = store.find(id);
      const last = embedded.get(id);
      if (isLearned && last?.version === version && last.things === things) return undefined;
      const begun = moving.get(id);
      if (begun) return isLearned ? undefined : begun.ended;
      if (isLearned && nowMs() < (pauses.get(id)?.untilMs ?? 0)) return undefined;
      const loading = load(id);
      // While it is embedded again, names come from what was learned before.
      return isLearned ? undefined : loading;
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    status,
    relearning(id) {
      const collection = store.find(id);
      const { isLearned, embedder, things } = collection;
      const begun = moving.get(id);
      const { done, total } = begun?.embedder === embedder && begun ? begun.progress : { done: 0, total: 0 };
      // After a start nothing is learned before all samples are embedded.
      const isBehind = isLearned ? !namesNow(collection) : done < total;
      return isBehind ? { done, total: total || samplesOf(things).length } : undefined;
    },
    compare(id) {
      if (!comparing.has(id)) compare(id);
      return status(id);
    },
    async compared(id, signal) {
      signal.throwIfAborted();
      const begun = comparing.get(id);
      const work = begun ?? compare(id);
      const cancel = () => work.abort.abort(cancelled());
      if (begun === undefined) signal.addEventListener('abort', cancel);
      await work.ended;
      signal.removeEventListener('abort', cancel);
      if (work.why !== undefined) throw asTold(work.why);
      return status(id);
    },
    cancelComparison(id) {
      store.find(id);
      comparing.get(id)?.abort.abort(cancelled());
      // Its last step may take a moment.
      comparing.delete(id);
      return status(id);
    },
    use(id, model) {
      const collection = store.find(id);
      if (!servingEmbedders(context().models).some((one) => one.model === model)) {
        throw new CodedError('conflict', aboutThings('no_embedder', { model }));
      }
      const embedder = embedderOf(model);
      problems.delete(id);
      if (embedder !== collection.embedder || moving.has(id)) noteProblem(id, move(id, embedder));
      return status(id);
    },
    async settled(id) {
      const collection = store.find(id);
      const isSettled = () => {
        const { version } = context().models.find(collection.embedder ?? THINGS_MODEL);
        const last = embedded.get(id);
        return last?.version === version && last.things === collection.things;
      };
      // Changes may come meanwhile; who goes on teaching waits for the pictures that were there.
      for (let tries = 0; tries < 3 && !isSettled(); tries++) {
        const work = moving.get(id) ?? move(id, collection.embedder);
        await work.ended;
        if (work.why !== undefined) throw work.why;
      }
    },
  };
}
