/** What an operator reads of a queue on other machines. All counts are since the start of the process. */
export interface QueueFigures {
  /** Whether there is a connection to it now. */
  readonly isConnected: boolean;
  /** Number of times that the connection was lost. */
  readonly disconnects: number;
  /** Those that have happened in this process. */
  readonly events: Readonly<Partial<Record<QueueEvent, number>>>;
}

/** What happens to frames between gateways and workers. */
export const QUEUE_EVENTS = [
  /** A turn was published: a frame waits for a worker. */
  'published',
  /** It was published again, as nothing was heard of it. */
  'repeated',
  /** A worker was free for a frame that was offered without a turn, as JetStream did not answer. */
  'offered',
  /** A frame went to a worker. */
  'taken',
  /** A turn came to a worker whose frame was gone by then. */
  'empty',
  /** A worker was gone before it answered a frame. */
  'lost',
  /** An answer came for a frame that was answered before, or too late. */
  'unwanted',
] as const;
export type QueueEvent = (typeof QUEUE_EVENTS)[number];
