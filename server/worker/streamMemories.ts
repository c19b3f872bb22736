import type { StreamMemory } from '../../vision/tasks/task.ts';

/** What tasks keep of streams in this process. */
export interface StreamMemories {
  /** That of a stream; empty where it has none yet, or others came in between. */
  of(stream: string): StreamMemory;
}

/** Streams that one process remembers; the one that was longest without a frame is forgotten. */
const MAX_STREAMS = 32;

export function createStreamMemories(maxStreams = MAX_STREAMS): StreamMemories {
  const memories = new Map<string, StreamMemory>();
  return {
    of(stream) {
      const memory = memories.get(stream) ?? {};
      // To the end: a map keeps the order in which its keys came.
      memories.delete(stream);
      memories.set(stream, memory);
      const [oldest] = memories.keys();
      if (memories.size > maxStreams && oldest !== undefined) memories.delete(oldest);
      return memory;
    },
  };
}
