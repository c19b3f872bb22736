import { type Box, iou } from '../../vision/geometry.ts';
import type { GrabbedFrame } from '../capture/grabFrames.ts';
import type { FrameLabels, Recognizer, RecognizerState } from './recognizer.ts';

/**
 * What every recognizer must do, on either backend. It runs in a browser, over real models and real pictures: there is
 * nothing to encode with or to run a model in elsewhere.
 */

/** What a recognizer is tested with. */
export interface Stage {
  /** Uses `first` where no model is named; not started. */
  create(): Recognizer;
  /** A cat in front of a grey wall, moved to the right by so much of the picture's width (0..0.2), and where it is. */
  cat(shift?: number): { picture: ImageBitmap; box: Box };
  models: {
    /** Finds things; knows cats. */
    first: string;
    /** Names the whole picture. */
    other: string;
  };
}

/** Each throws where the recognizer does not keep to it. */
export const RECOGNIZER_CONTRACT: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async 'nothing is processed before it is started, and a frame that comes nevertheless is closed'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels, states }) => {
      const { picture } = stage.cat();
      equal(recognizer.wantsFrame(), false, 'wantsFrame');
      recognizer.push({ picture, capturedAtMs: performance.now() });
      await until(() => isClosed(picture), 'the picture is closed');
      equal(recognizer.oldestWaitMs(), undefined, 'oldestWaitMs');
      equal(frameLabels.length, 0, 'frameLabels');
      equal(states.length, 0, 'changes of state');
    });
  },

  async 'once started it reports that it is connecting, then which model is in use'(stage) {
    await withRecognizer(stage, async ({ recognizer, states }) => {
      recognizer.start();
      await until(() => states.at(-1)?.kind === 'ready', 'it is ready');
      equal(states.map(({ kind }) => kind).join(), 'connecting,ready', 'states');
      const [, ready] = states;
      equal(modelOf(ready)?.id, stage.models.first, 'the model');
      equal(modelOf(ready)?.labels.includes('cat'), true, 'it knows cats');
    });
  },

  async 'a frame becomes labels with the right name and place, and with the times that it took'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels }) => {
      recognizer.start();
      await until(() => recognizer.wantsFrame(), 'it wants a frame');
      const { picture, box } = stage.cat();
      const capturedAtMs = performance.now();
      recognizer.push({ picture, capturedAtMs });
      equal(recognizer.wantsFrame(), false, 'while the frame is drawn no other is wanted');
      await until(() => frameLabels.length > 0, 'labels come');
      const [first] = frameLabels;
      if (first === undefined) throw new Error('No labels.');
      equal(first.capturedAtMs, capturedAtMs, 'capturedAtMs');
      equal(first.modelIndex, 0, 'modelIndex');
      equal(first.labels.map(({ label }) => label).join(), 'cat', 'labels');
      const [cat] = first.labels;
      if (cat?.box === undefined) throw new Error('No box.');
      atLeast(iou(cat.box, box), 0.8, 'intersection over union with the cat');
      atLeast(cat.score, 0.5, 'score');
      equal(isClosed(picture), true, 'the picture is closed');
      atLeast(first.maxLabelAgeMs, 1, 'maxLabelAgeMs');
      const { trace } = first;
      const times = [capturedAtMs, trace.grabbedAtMs, trace.sentAtMs, trace.arrivedAtMs, performance.now()];
      equal(times.join(), [...times].sort((a, b) => a - b).join(), 'the order of the times');
      atLeast(trace.timing.inferMs, 0.01, 'inferMs');
      atLeast(trace.timing.serverMs, trace.timing.inferMs, 'serverMs');
    });
  },

  async 'frames are answered in their order, each once, and none that was not pushed'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels }) => {
      recognizer.start();
      const camera = play(stage, recognizer);
      await until(() => frameLabels.length >= 12, 'labels come', camera.show);
      const answered = frameLabels.map(({ capturedAtMs }) => capturedAtMs);
      equal(answered.join(), [...answered].sort((a, b) => a - b).join(), 'the order');
      equal(new Set(answered).size, answered.length, 'answers to each frame');
      equal(
        answered.every((atMs) => camera.pushedAtMs.includes(atMs)),
        true,
        'all were pushed',
      );
    });
  },

  async 'it tells how long a frame has been waiting, as long as one waits'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels }) => {
      recognizer.start();
      await until(() => recognizer.wantsFrame(), 'it wants a frame');
      equal(recognizer.oldestWaitMs(), undefined, 'before');
      recognizer.push({ picture: stage.cat().picture, capturedAtMs: performance.now() });
      await until(() => recognizer.oldestWaitMs() !== undefined || frameLabels.length > 0, 'a frame waits');
      await until(() => frameLabels.length > 0, 'labels come');
      await until(() => recognizer.oldestWaitMs() === undefined, 'nothing waits');
    });
  },

  async 'a thing keeps its id while it moves'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels }) => {
      recognizer.start();
      const camera = play(stage, recognizer);
      await until(() => frameLabels.length >= 12, 'labels come', camera.show);
      const ids = new Set(frameLabels.flatMap(({ labels }) => labels.map(({ id }) => id)));
      equal(ids.size, 1, 'ids');
      equal(new Set(frameLabels.map(({ session }) => session)).size, 1, 'sessions');
    });
  },

  async 'no label is below the lowest score that was selected, from the next labels on'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels }) => {
      recognizer.configure({ minScore: 1 });
      recognizer.start();
      const camera = play(stage, recognizer);
      await until(() => frameLabels.length >= 3, 'labels come', camera.show);
      equal(frameLabels.flatMap(({ labels }) => labels).length, 0, 'labels of score 1');
      recognizer.configure({ minScore: 0.5 });
      await until(() => frameLabels.at(-1)?.labels.length === 1, 'the cat is seen', camera.show);
      recognizer.configure({ minScore: 1 });
      await until(() => frameLabels.at(-1)?.labels.length === 0, 'it is hidden', camera.show);
    });
  },

  async 'of a scene that stands still it says that the labels hold'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels }) => {
      const held: { capturedAtMs: number; modelIndexes: readonly number[] }[] = [];
      recognizer.onUnchanged((frame) => held.push(frame));
      recognizer.start();
      const camera = play(stage, recognizer, { isStill: true });
      await until(() => held.length >= 3, 'labels hold', camera.show);
      equal(frameLabels.length > 0, true, 'there are labels');
      const answered = frameLabels.map(({ capturedAtMs }) => capturedAtMs);
      for (const { capturedAtMs, modelIndexes } of held) {
        equal(modelIndexes.join(), '0', 'modelIndexes');
        equal(camera.pushedAtMs.includes(capturedAtMs), true, 'it was pushed');
        equal(answered.includes(capturedAtMs), false, 'it was labelled, too');
      }
      camera.move();
      const before = frameLabels.length;
      await until(() => frameLabels.length > before, 'a change is processed at once', camera.show);
      equal(frameLabels.at(-1)?.labels[0]?.id, frameLabels[0]?.labels[0]?.id, 'the id after the pause');
    });
  },

  async 'stopped, nothing more comes, not even for a frame in flight; started again, it labels again'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels, states }) => {
      recognizer.start();
      const camera = play(stage, recognizer);
      await until(() => frameLabels.length >= 2, 'labels come', camera.show);
      await until(() => recognizer.wantsFrame(), 'it wants a frame');
      recognizer.push({ picture: stage.cat().picture, capturedAtMs: performance.now() });
      const before = frameLabels.length;
      recognizer.stop();
      equal(states.at(-1)?.kind, 'idle', 'state');
      equal(recognizer.wantsFrame(), false, 'wantsFrame');
      recognizer.start();
      await until(() => states.at(-1)?.kind === 'ready', 'it is ready again');
      const after = camera.pushedAtMs.length;
      await until(() => frameLabels.length > before, 'labels come again', camera.show);
      const [first] = frameLabels.slice(before);
      equal(
        camera.pushedAtMs.slice(after).includes(first?.capturedAtMs ?? 0),
        true,
        'of a frame from then on',
      );
      equal(first?.session === frameLabels[0]?.session, false, 'the same session');
    });
  },

  async 'another model can be asked for while it runs'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels, states }) => {
      recognizer.start();
      const camera = play(stage, recognizer);
      await until(() => frameLabels.length >= 2, 'labels come', camera.show);
      recognizer.configure({ model: stage.models.other, minScore: 0.01 });
      await until(
        () => modelOf(states.at(-1))?.id === stage.models.other,
        'the other is in use',
        camera.show,
      );
      const isOther = ({ labels }: FrameLabels) =>
        labels.length > 0 && labels.every(({ box }) => box === undefined);
      await until(() => frameLabels.slice(-1).some(isOther), 'it gives names', camera.show);
      const ids = frameLabels.filter((frame) => !isOther(frame)).flatMap(({ labels }) => labels);
      const named = frameLabels.filter(isOther).flatMap(({ labels }) => labels.map(({ id }) => id));
      equal(
        ids.some(({ id }) => named.includes(id)),
        false,
        'an id was given twice',
      );
    });
  },

  async 'secondary models get frames now and then, and are distinguishable'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels }) => {
      recognizer.configure({ model: stage.models.first, secondary: [stage.models.other] });
      recognizer.start();
      const camera = play(stage, recognizer);
      const of = (place: number) => frameLabels.filter(({ modelIndex }) => modelIndex === place);
      await until(() => of(1).length >= 2 && of(0).length >= 4, 'both label', camera.show);
      atLeast(of(0).length, of(1).length, 'the first modelIndexes more often');
      equal(
        of(1).some(({ labels }) => labels.some(({ label }) => label === 'cat')),
        false,
        'the other sees cats',
      );
    });
  },

  async 'a model that is not there is reported, and the first one is used'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels, states }) => {
      const lost: string[] = [];
      recognizer.onModelLost((why) => lost.push(why));
      recognizer.configure({ model: 'no-such-model' });
      recognizer.start();
      const camera = play(stage, recognizer);
      await until(() => frameLabels.length > 0, 'labels come', camera.show);
      equal(lost.length, 1, 'onModelLost');
      equal(modelOf(states.at(-1))?.id, stage.models.first, 'the model');
    });
  },

  async 'closed, nothing more comes, and closing again does nothing'(stage) {
    await withRecognizer(stage, async ({ recognizer, frameLabels, states }) => {
      recognizer.start();
      const camera = play(stage, recognizer);
      await until(() => frameLabels.length >= 2, 'labels come', camera.show);
      await until(() => recognizer.wantsFrame(), 'it wants a frame');
      const { picture } = stage.cat();
      recognizer.push({ picture, capturedAtMs: performance.now() });
      const before = frameLabels.length;
      recognizer.close();
      recognizer.close();
      equal(recognizer.wantsFrame(), false, 'wantsFrame');
      equal(states.at(-1)?.kind, 'idle', 'state');
      await until(() => isClosed(picture), 'the picture is closed');
      equal(frameLabels.length, before, 'frameLabels');
    });
  },
};

interface Watched {
  recognizer: Recognizer;
  frameLabels: FrameLabels[];
  states: RecognizerState[];
}

async function withRecognizer(stage: Stage, test: (watched: Watched) => Promise<void>): Promise<void> {
  const recognizer = stage.create();
  const frameLabels: FrameLabels[] = [];
  const states: RecognizerState[] = [];
  recognizer.onLabels((frame) => frameLabels.push(frame));
  recognizer.onState((state) => states.push(state));
  try {
    await test({ recognizer, frameLabels, states });
  } finally {
    recognizer.close();
  }
}

/** A camera that shows the cat to the recognizer whenever it wants a frame. */
function play(stage: Stage, recognizer: Recognizer, { isStill = false } = {}) {
  const pushedAtMs: number[] = [];
  const startedAtMs = performance.now();
  let isMoving = !isStill;
  return {
    pushedAtMs,
    move(): void {
      isMoving = true;
    },
    show(): void {
      if (!recognizer.wantsFrame()) return;
      // By its own clock it gives 30 frames a second, and things move so far from one to the next, however long they take.
      const capturedAtMs = startedAtMs + (1_000 / 30) * pushedAtMs.length;
      const shift = isMoving ? 0.1 + 0.1 * Math.sin(pushedAtMs.length / 10) : 0.1;
      const frame: GrabbedFrame = { picture: stage.cat(shift).picture, capturedAtMs };
      pushedAtMs.push(capturedAtMs);
      recognizer.push(frame);
    },
  };
}

/** Asks again with each display frame, after `eachFrame`. The error names `what` never came. */
async function until(condition: () => boolean, what: string, eachFrame = () => {}): Promise<void> {
  const limitMs = performance.now() + LIMIT_MS;
  while (!condition()) {
    if (performance.now() > limitMs) throw new Error(`This never came: ${what}.`);
    eachFrame();
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

/** Far more than anything takes, on a machine with other things to do. */
const LIMIT_MS = 60_000;

const modelOf = (state: RecognizerState | undefined) => (state?.kind === 'ready' ? state.model : undefined);

const isClosed = (picture: ImageBitmap) => picture.width === 0;

function equal<T>(actual: T, expected: T, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${expected} expected, got ${actual}.`);
}

function atLeast(actual: number, least: number, what: string): void {
  if (!(actual >= least)) throw new Error(`${what}: at least ${least} expected, got ${actual}.`);
}
