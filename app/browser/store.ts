import { Listeners } from '../../client/listeners.ts';

/** A value that changes by events and notifies its subscribers: the bridge between the lens and React. */
export interface Store<State, Event> {
  getState(): State;
  dispatch(event: Event): void;
  /** Returns the disposer. */
  subscribe(listener: () => void): () => void;
}

export function createStore<State, Event>(
  reduce: (state: State, event: Event) => State,
  initial: State,
): Store<State, Event> {
  let state = initial;
  const listeners = new Listeners<void>();
  return {
    getState: () => state,
    dispatch(event) {
      const next = reduce(state, event);
      if (next === state) return;
      state = next;
      listeners.emit();
    },
    subscribe: (listener) => listeners.add(listener),
  };
}
