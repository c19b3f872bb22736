import type { FrameView } from '../protocol/frame.ts';
import { type Box, WHOLE } from './geometry.ts';
import type { Manifest } from './manifest.ts';
import { maxNamesShown } from './maxLabels.ts';
import { hideNamesBelow, type Name, NO_NAMES, nameFrame, shownNames } from './names.ts';
import type { Points } from './points.ts';
import type { Quad } from './quad.ts';
import { type PictureAnswer, taskOf } from './tasks/taskOf.ts';
import type { Head } from './things/head.ts';
import { withTaughtNames } from './things/nameRegions.ts';
import { addView, type SceneViews, seenInScene } from './tiles/sceneViews.ts';
import {
  type Detection,
  EMPTY_TRACKER,
  forgetLabels,
  hideBelow,
  seedTracker,
  shownTracks,
  type Track,
  track,
} from './tracker.ts';

/** What is shown: a thing with a box, or a name of the whole picture. */
export type Shown = Name & {
  readonly box?: Box;
  readonly text?: string;
  readonly quad?: Quad;
  readonly points?: Points;
};

/** A frame's place in time. */
export interface FrameTimes {
  /** Its place among the session's frames. */
  readonly arrival: number;
  /** On the client's clock. */
  readonly capturedAtMs: number;
  /** On the monotonic clock of what runs the model. */
  readonly arrivedAtMs: number;
}

/** What a tracker needs to know of its model. */
interface TrackedModel {
  readonly manifest: Pick<Manifest, 'task' | 'multiLabel' | 'maxLabels'>;
  /**
   * What names its answers, asked for each: what is taught counts from the next frame on. It is the same object as long as nothing
   * is taught. Absent for models that name things themselves.
   */
  readonly taught?: (() => Head | undefined) | undefined;
}

/** Follows what one model says in a session, from frame to frame: detections become steady things, scores steady names. */
export interface LabelTracker<Model extends TrackedModel = TrackedModel> {
  readonly model: Model;
  readonly minScore: number;
  /** What it shows now. */
  readonly shown: readonly Shown[];
  /**
   * Takes in what the model said of a frame.
   * @param view what the frame shows of its scene: parts of one that stands still are merged with its whole. Default: the
   * whole of a scene of its own
   * @returns what to show now; undefined where a newer frame was answered before, or the frame shows a part of no whole
   */
  update(frame: FrameTimes, answer: PictureAnswer, view?: FrameView): readonly Shown[] | undefined;
  setMinScore(minScore: number): void;
}

/** Gives ids; those of one session are never given twice, whichever of its models asks. */
export interface Ids {
  next: number;
}

/** @param seed things that a session showed before it came back */
export function createLabelTracker<Model extends TrackedModel>(
  model: Model,
  minScore: number,
  ids: Ids,
  seed: readonly Track[] = [],
): LabelTracker<Model> {
  const { follow, tracking } = taskOf(model.manifest.task);
  const maxNames = maxNamesShown(model.manifest);
  let limit = minScore;
  let tracker = EMPTY_TRACKER;
  let names = NO_NAMES;
  /** Its place in time is that of the first frame that comes. */
  let waiting = seed.filter(({ score }) => score >= minScore);
  let views: SceneViews = [];
  let head: Head | undefined;
  let lastArrival = -1;
  let lastFrameMs = Number.NEGATIVE_INFINITY;
  let lastArrivedAtMs = 0;

  /** The client's clock, as long as it runs forward; else ours. */
  function timeOf({ capturedAtMs, arrivedAtMs }: FrameTimes): number {
    const passedMs = Math.max(1, arrivedAtMs - lastArrivedAtMs);
    lastFrameMs = capturedAtMs > lastFrameMs ? capturedAtMs : lastFrameMs + passedMs;
    lastArrivedAtMs = arrivedAtMs;
    return lastFrameMs;
  }

  const shown = (): readonly Shown[] => {
    if (waiting.length > 0) return waiting;
    return follow === 'names' ? shownNames(names, { maxNames }) : shownTracks(tracker);
  };

  return {
    model,
    get minScore() {
      return limit;
    },
    get shown() {
      return shown();
    },
    update(frame, answer, view = NEW_SCENE) {
      // Two workers may finish a session's frames in either order.
      if (frame.arrival < lastArrival) return undefined;
      const lastHead = head;
      head = model.taught?.();
      if (head !== lastHead) tracker = forgetLabels(tracker);
      const scene = addView(views, view, withTaughtNames(answer, head));
      if (scene === undefined) return undefined;
      views = scene;
      lastArrival = frame.arrival;
      const nowMs = timeOf(frame);
      const options = { minScore: limit };
      const detections = seenInScene(views);
      if (follow === 'names') {
        names = nameFrame({ ...names, nextId: ids.next }, detections, nowMs, options);
        ids.next = names.nextId;
      } else {
        if (waiting.length > 0) tracker = seedTracker(waiting, ids.next, nowMs - 1);
        waiting = [];
        tracker = track({ ...tracker, nextId: ids.next }, detections.filter(hasBox), nowMs, {
          ...tracking,
          ...options,
        });
        ids.next = tracker.nextId;
      }
      return shown();
    },
    setMinScore(next) {
      limit = next;
      tracker = hideBelow(tracker, next);
      names = hideNamesBelow(names, next);
      waiting = waiting.filter(({ score }) => score >= next);
    },
  };
}

const NEW_SCENE: FrameView = { shows: 'new scene', part: WHOLE, inputRect: WHOLE };

const hasBox = (detection: Detection): detection is Detection & { box: Box } => detection.box !== undefined;
