import type { ImageFormat } from '../../protocol/frame.ts';
import type { DropReason, Timing } from '../../protocol/messages.ts';
import type { PictureAnswer } from '../../vision/tasks/taskOf.ts';
import type { TileFrame } from '../../vision/tiles/tileFrame.ts';

/** A frame on its way to a worker. All of it can cross to another process as bytes. */
export interface FrameJob {
  /** Names the sender and its model; a newer frame of the same key replaces this one while it waits. */
  key: string;
  model: string;
  format: ImageFormat;
  image: Uint8Array;
  /** A picture with more pixels is refused by its header, undecoded. */
  maxPixels: number;
  /** A picture that takes more work to decode, by its headers, is refused undecoded; see DecodeCost.ms. */
  maxDecodeMs: number;
  /** A picture of exactly the model's size is taken as it is: its sender has fitted it. */
  isFitted: boolean;
  /**
   * Of a stream's secondary model. It never gets all cores: the next frame of the primary model comes soon, and would wait
   * for it. Default false.
   */
  isSecondary?: boolean | undefined;
  /** Frames of one stream have the same: what was found in one may save work in the next. Absent for a single picture. */
  stream?: string | undefined;
  /** Maximum number of labels. Default: see vision/maxLabels.ts. */
  maxLabels?: number | undefined;
  /** The id of the model that embeds what this one finds, in its place; it has to be loaded as well. For `thing-embedding`. */
  embedder?: string | undefined;
  /** Its tiles are wanted, too: the result carries them as frames, which their sender submits. Default false. */
  wantsTiles?: boolean | undefined;
}

/** How a frame ended: every submitted frame gets exactly one. */
export type FrameResult =
  | {
      kind: 'answered';
      /** Of the model that ran on the frame. */
      version: string;
      /** Of the model's task. */
      answer: PictureAnswer;
      timing: Omit<Timing, 'serverMs'>;
      /** Of a job that wanted them. */
      tiles?: readonly TileFrame[] | undefined;
      /** Number of frames that a worker was given at once, this one among them; absent for one. */
      batch?: number | undefined;
    }
  | { kind: 'dropped'; reason: DropReason; detail?: string | undefined };

/** What is counted of a frame or picture that was answered, whoever did it. */
export type CountedResult =
  | Pick<Extract<FrameResult, { kind: 'answered' }>, 'kind' | 'timing' | 'batch'>
  | Extract<FrameResult, { kind: 'dropped' }>;

/** A frame in the hands of a worker. */
export interface TakenFrame {
  job: FrameJob;
  /** Time that it waited, ms. Measured where the queue is: clocks of two processes are never compared. */
  queueMs: number;
  /** No other frame waited when it was taken. A hint: another may have come since. */
  isAlone: boolean;
  /** Ends it. Only the first call counts. */
  answer(result: FrameResult): void;
}

export interface FrameQueueOptions {
  /** A frame that waited longer is dropped undecoded. */
  maxAgeMs: number;
  /** Interval at which a waiting frame releases one of those that it replaced, ms. */
  refreshMs: number;
  /** A monotonic clock. */
  nowMs: () => number;
}

/**
 * The end of the frame queue that sessions and `/v1/predict` hold.
 *
 * The queue is a mailbox, not a line. Each key has one slot; a newer frame replaces a waiting one; workers take the slots in
 * turn, so keys share the workers' time fairly, by what their models usually take; a frame that waited longer than `maxAgeMs` is
 * dropped undecoded (`stale`). So age is bounded by construction, and overload drops frames instead of adding delay. Age counts from the moment when the queue has the frame.
 *
 * A replaced frame is answered `superseded`, but not immediately: its answer returns a credit, and a client that sends whenever
 * there is a credit would send without end. It is answered when its slot is emptied, taken or not, before the frame that is
 * in it then. Until then a frame that stays in its slot releases the oldest that it replaced every `refreshMs`: so a session
 * that ran out of credits can still send a newer picture before its turn comes.
 *
 * `frameQueueContract.ts` is the contract of both ends; an implementation in another process can pass it.
 */
export interface FrameInbox {
  /** Puts a frame into its slot. Resolves, never rejects, when the frame was answered or dropped. */
  submit(job: FrameJob): Promise<FrameResult>;
  /** Empties the slot of a key whose owner is gone; its frames are answered `superseded`. */
  forget(key: string): void;
}

/** The end of the frame queue that workers hold. */
export interface FrameOutbox {
  /** The next frame, as soon as there is one; undefined once `signal` aborts or the queue is closed. */
  take(signal: AbortSignal): Promise<TakenFrame | undefined>;
  /**
   * Frames of one model that wait now and whose turns come next, to be run with one that was taken: none is taken before a frame of
   * another model whose turn comes first. One that names an embedder is not taken so.
   * @param counts how many would be of use
   * @returns the largest of these numbers of frames that there are, in their turn; none where fewer wait. Does not wait for more.
   */
  takeWaiting(model: string, counts: readonly number[]): Promise<readonly TakenFrame[]>;
}

/** Both ends in one process. */
export interface FrameQueue extends FrameInbox, FrameOutbox {
  /** Frames waiting now. */
  readonly waiting: number;
  /** Answers what waits with `worker_lost` and lets all takers go. Idempotent. */
  close(): Promise<void>;
}
