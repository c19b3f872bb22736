import type { Store } from '../browser/store.ts';
import type { Act, ModelsEvent, ModelsState } from './modelsState.ts';
import { problemOf } from './problem.ts';

/** Does something with a model of the list, one thing at a time. That it goes on is shown with the model, and why it failed. */
export async function act(
  { getState, dispatch }: Store<ModelsState, ModelsEvent>,
  id: string,
  what: Extract<Act, { kind: 'busy' }>['what'],
  work: () => Promise<void>,
): Promise<void> {
  if (getState().acts[id]?.kind === 'busy') return;
  dispatch({ type: 'act', id, act: { kind: 'busy', what } });
  try {
    await work();
  } catch (error) {
    dispatch({ type: 'act', id, act: { kind: 'failed', problem: problemOf(error) } });
  }
}
