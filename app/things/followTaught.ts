import { THINGS_PREFIX } from '../../protocol/things.ts';
import type { Lens } from '../lens/lens.ts';
import { isOnlyHere, thingsMode } from '../lens/modes.ts';

/**
 * What a collection teaches has changed, or another one is in use: the lens goes along while it is used for taught things. Who went on to
 * something else while a sample was on its way stays there.
 * @param modelId names the collection
 */
export function followTaught(
  lens: Pick<Lens, 'chooseMode' | 'noteTaught'> & { readonly store: Pick<Lens['store'], 'getState'> },
  modelId: string,
): void {
  const { modelId: used } = lens.store.getState();
  if (used !== modelId && used?.startsWith(THINGS_PREFIX)) lens.chooseMode(thingsMode(modelId));
  // What this browser alone has brings its names by itself.
  else if (!isOnlyHere(modelId)) lens.noteTaught(modelId);
}
