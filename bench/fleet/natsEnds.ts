import { createMemoryFrameQueue } from '../../server/queue/memoryFrameQueue.ts';

const dummy = () =>
  createMemoryFrameQueue({ maxAgeMs: 1000, refreshMs: 100, nowMs: () => performance.now() });
export const openNatsInbox = async (_url: string) => dummy();
export const openNatsOutbox = async (_url: string) => dummy();
