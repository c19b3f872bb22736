import { describeFrameQueue } from './frameQueueContract.ts';
import { createMemoryFrameQueue } from './memoryFrameQueue.ts';

describeFrameQueue('memory', async (options) => createMemoryFrameQueue(options));
