import { runtimeBytes } from '../../offline/runtimeCache.ts';
import { availableBytes } from './deviceCapacity.ts';
import type { DeviceState } from './deviceState.ts';
import type { DeviceStore } from './deviceStore.ts';

/** What models and runtimes take on this device, and what more there is; undefined where that could not be read. */
export async function measureStorage(kept: DeviceStore): Promise<DeviceState['storage']> {
  try {
    const usedBytes = (await kept.usedBytes()) + (await runtimeBytes());
    return { usedBytes, availableBytes: await availableBytes() };
  } catch (error) {
    console.warn('What models take on this device could not be read.', error);
    return undefined;
  }
}
