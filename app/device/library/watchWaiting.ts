import type { Store } from '../../browser/store.ts';
import type { DeviceEvent } from './deviceReducer.ts';
import type { DeviceState } from './deviceState.ts';

/**
 * Follows what the download of a model waits for.
 * @param onWaiting called when it waits, with why; with undefined when it downloads, or waits no more
 * @returns the disposer
 */
export function watchWaiting(
  store: Store<DeviceState, DeviceEvent>,
  id: string,
  onWaiting: (why: string | undefined) => void,
): () => void {
  let waitsFor: string | undefined;
  let isGoingOn = false;
  const update = () => {
    const phase = store.getState().models[id]?.phase;
    const why = phase?.kind === 'waiting' ? phase.why : undefined;
    const isFirstBytes = phase?.kind === 'downloading' && !isGoingOn;
    if (why === waitsFor && !isFirstBytes) return;
    waitsFor = why;
    isGoingOn = phase?.kind === 'downloading';
    onWaiting(why);
  };
  const unsubscribe = store.subscribe(update);
  // Whoever came first may be waiting already.
  update();
  return unsubscribe;
}
