import { messageOf } from '../../protocol/errors.ts';
import type { ModelInput } from '../../vision/manifest.ts';
import { maxLabelsOf } from '../../vision/maxLabels.ts';
import { stepsInWords, stepsOf } from '../../vision/steps.ts';
import { type ModelAnswer, taskOf } from '../../vision/tasks/taskOf.ts';
import { decode, decodeAsSent, UndecodableError } from '../inference/decode.ts';
import { decodeCost, fitsAsSent, fitsWorker } from '../inference/decodeCost/decodeCost.ts';
import { MAX_STEPS_MS } from '../inference/decodeCost/limits.ts';
import { stepsCost } from '../inference/decodeCost/stepsCost.ts';
import { tilesCost } from '../inference/decodeCost/tilesCost.ts';
import type { OpenModel, RunOptions } from '../inference/model.ts';
import type { ModelFolder } from '../library/modelFolder.ts';
import { type VersionRef, versionKey } from '../library/modelRef.ts';
import type { FrameJob } from '../queue/frameQueue.ts';
import type { DecodedPicture } from './decoder/messages.ts';
import type { FrameRun, WorkerResult } from './messages.ts';
import { createStreamMemories } from './streamMemories.ts';

/** A version that a worker holds. */
export interface Served {
  folder: ModelFolder;
  /** By the number of cores that a run uses. */
  sessions: ReadonlyMap<number, OpenModel>;
  /** Runs in their place, whatever the number of cores, also several pictures at once. They stay for when it fails. */
  accelerator?: { readonly model: OpenModel; readonly batches: readonly number[] } | undefined;
}

/** A frame whose picture is decoded. */
interface Ready {
  /** Of its job. */
  readonly at: number;
  readonly job: FrameJob;
  readonly picture: DecodedPicture;
}

/**
 * Decodes frames and runs their model.
 * @param models by id and version
 * @param onUnaccelerated an accelerator failed; the processor has taken over
 * @returns a result for each job, in their order. Rejects for what no picture can cause.
 */
export function createRunFrames(
  models: ReadonlyMap<string, Served>,
  onUnaccelerated: (model: VersionRef, why: string) => void,
): (frames: FrameRun) => Promise<WorkerResult[]> {
  const memories = createStreamMemories();

  function runOptionsOf(stream: string | undefined): Omit<RunOptions, 'embedder'> {
    const endsAt = performance.now() + (stream === undefined ? MAX_RUN_MS.picture : MAX_RUN_MS.frame);
    return {
      memory: stream === undefined ? undefined : memories.of(stream),
      hasTime: () => performance.now() < endsAt,
    };
  }

  /** On the accelerator, where there is one; where that fails, and from then on, on the processor. */
  async function infer(
    served: Served,
    ref: VersionRef,
    onProcessor: OpenModel,
    ready: readonly Ready[],
    embedder: RunOptions['embedder'],
  ): Promise<ModelAnswer[]> {
    const { accelerator } = served;
    if (accelerator) {
      try {
        const { runBatch } = accelerator.model;
        return ready.length > 1 && runBatch
          ? await runBatch(ready.map(({ picture }) => picture.pixels))
          : await oneByOne(accelerator.model);
      } catch (cause) {
        // Not released: nothing is known of the state of its driver.
        served.accelerator = undefined;
        onUnaccelerated(ref, messageOf(cause));
      }
    }
    return oneByOne(onProcessor);

    async function oneByOne(model: OpenModel): Promise<ModelAnswer[]> {
      const answers: ModelAnswer[] = [];
      for (const { job, picture } of ready)
        answers.push(
          await model.run(picture.pixels, picture.size, { ...runOptionsOf(job.stream), embedder }),
        );
      return answers;
    }
  }

  /** @throws Error where this worker does not hold it */
  function held(ref: VersionRef, width: number): { served: Served; session: OpenModel } {
    const served = models.get(versionKey(ref));
    const session = served?.sessions.get(width);
    if (served && session) return { served, session };
    throw new Error(
      `This worker was not given version ${ref.version} of the model "${ref.id}" for ${width} cores.`,
    );
  }

  function embedderOf(ref: VersionRef, width: number): RunOptions['embedder'] {
    const { served, session } = held(ref, width);
    const { width: across, height } = served.folder.manifest.input;
    return {
      ...ref,
      size: { width: across, height },
      async embed(picture) {
        const answer = await session.run(picture);
        if (answer.task === 'image-embedding') return answer.embedding.slice();
        throw new Error(`The model "${ref.id}" embeds no pictures.`);
      },
    };
  }

  return async ({ jobs, version, width, decoded, embedder }) => {
    const id = jobs[0]?.model ?? '';
    const ref = { id, version };
    const { served, session } = held(ref, width);
    const other = embedder && embedderOf(embedder, width);
    const { manifest, labels } = served.folder;
    const pictures = await Promise.all(jobs.map((job) => decoded ?? pictureOf(job, manifest.input)));
    const results = pictures.map((picture) => (picture.kind === 'decoded' ? undefined : picture));
    let waiting = jobs.flatMap((job, at): Ready[] => {
      const picture = pictures[at];
      return picture?.kind === 'decoded' ? [{ at, job, picture }] : [];
    });
    const decodedAt = performance.now();
    while (waiting.length > 0) {
      // Where a picture of them could not be read, there are fewer than the number that was tried.
      const fitting = (served.accelerator?.batches ?? []).filter((size) => size <= waiting.length);
      const ready = waiting.slice(0, Math.max(1, ...fitting));
      waiting = waiting.slice(ready.length);
      const answers = await infer(served, ref, session, ready, other);
      const inferMs = performance.now() - decodedAt;
      ready.forEach(({ at, job, picture: { decodeMs, fitted } }, place) => {
        const answer = answers[place];
        if (answer === undefined) throw new Error(`${answers.length} answers for ${ready.length} pictures.`);
        const maxLabels = job.maxLabels ?? maxLabelsOf(manifest);
        const inPicture = taskOf(manifest.task).toPicture(answer, { labels, fitted, maxLabels });
        results[at] = { kind: 'answered', answer: inPicture, timing: { decodeMs, inferMs } };
      });
    }
    return results.map((result) => {
      if (result === undefined) throw new Error('A frame has no result.');
      return result;
    });
  };
}

/** Frames and pictures of a task that can leave work out get this much time, ms. A frame's next one does the rest. */
const MAX_RUN_MS = { frame: 600, picture: 3_000 } as const;

/** What decoding made of it, or why it goes no further here. */
async function pictureOf(job: FrameJob, input: ModelInput): Promise<DecodedPicture | WorkerResult> {
  try {
    return await decodeHere(job, input);
  } catch (cause) {
    if (!(cause instanceof UndecodableError)) throw cause;
    return { kind: 'dropped', reason: 'undecodable', detail: cause.message };
  }
}

/** Decodes a cheap picture; of a costly one it says what becomes of it instead. */
async function decodeHere(
  { image, format, ...options }: FrameJob,
  input: ModelInput,
): Promise<DecodedPicture | WorkerResult> {
  const startedAt = performance.now();
  if (
    options.isFitted &&
    format === 'jpeg' &&
    !options.wantsTiles &&
    input.width * input.height <= options.maxPixels &&
    fitsAsSent(image, input, options.maxDecodeMs)
  ) {
    const sent = decodeAsSent(image, input);
    if (sent) return { kind: 'decoded', ...sent, decodeMs: performance.now() - startedAt };
  }
  const cost = decodeCost(image, format);
  if (cost.pixels > options.maxPixels) {
    throw new UndecodableError(`At most ${options.maxPixels} pixels, the picture has ${cost.pixels}.`);
  }
  if (cost.ms > options.maxDecodeMs) {
    return { kind: 'dropped', reason: 'too_costly', detail: cost.what };
  }
  const isAsInput = cost.size.width === input.width && cost.size.height === input.height;
  const steps = stepsOf(input);
  const stepsMs = options.isFitted && isAsInput ? 0 : stepsCost(steps, cost.size);
  if (stepsMs > MAX_STEPS_MS) {
    const { width, height } = cost.size;
    // Not `too_costly`: its sender cannot change the steps of the model.
    throw new UndecodableError(
      `A picture of ${width}x${height} takes too long to prepare for this model: ${stepsInWords(steps)}.`,
    );
  }
  if (options.wantsTiles || !fitsWorker({ ...cost, ms: cost.ms + stepsMs })) {
    const tilesMs = options.wantsTiles ? tilesCost(input, cost.size) : 0;
    return { kind: 'decodeElsewhere', input, stepsMs: stepsMs + tilesMs };
  }
  const { pixels, size, fitted } = await decode(image, format, input, options);
  return { kind: 'decoded', pixels, size, fitted, decodeMs: performance.now() - startedAt };
}
