import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** What may gather between two full collections, bytes: a second of frames from ten cameras, of 67 kB each and held three times. */
const ROOM_BYTES = 128 << 20;
const CHECK_MS = 10_000;

/**
 * Keeps V8 from collecting all of the heap several times a second while frames come in. It counts the bytes of buffers as part of the
 * heap, and begins a full collection when what was added since the last one is more than a share of what had lived then. Of a small
 * heap that share is 16 MB, or 50 frames of 67 kB on their way through a socket and a pipe: a process that read 330 of them a second
 * did five full collections a second, each 10 ms without an answer, and half of its time went there (docs/performance.md).
 * A collection of the young generation, which is due then, takes 1 ms and frees the same buffers.
 *
 * V8 reads this flag after each full collection, so it may change while it runs; a larger heap is left to V8.
 */
export function giveBuffersRoom(): void {
  adapt();
  setInterval(adapt, CHECK_MS).unref();
}

function adapt(): void {
  setFlagsFromString(`--heap-growing-percent=${growingPercent(getHeapStatistics().used_heap_size)}`);
}

/** By how much of itself a heap may grow, percent; 0: as V8 thinks. */
export function growingPercent(heapBytes: number): number {
  return heapBytes >= ROOM_BYTES ? 0 : Math.round((100 * ROOM_BYTES) / heapBytes);
}
