import { modelBehind } from '../../protocol/things.ts';
import { onCamerasChange } from '../capture/cameras.ts';
import { onLanguage } from '../ui/words/words.ts';
import type { LensContext } from './lensContext.ts';
import type { LensScreen } from './lensScreen.ts';
import type { ModelSelectionCommands } from './modelSelectionCommands.ts';
import type { SourceCommands } from './sourceCommands.ts';

export interface PageEventsOptions {
  readonly context: LensContext;
  readonly screen: LensScreen;
  readonly sources: SourceCommands;
  readonly selection: ModelSelectionCommands;
  /** The fragment of the address has changed: it may have a token. */
  onToken(): void;
}

/** Connects a lens to the events of the page and of its recognizer, until the signal is aborted. */
export function watchPageEvents(options: PageEventsOptions, signal: AbortSignal): void {
  const { context, screen, sources, selection, onToken } = options;
  const { store, device, recognizer, sharing } = context;
  const onReturn = () => {
    if (document.hidden) return;
    recognizer.retryNow();
    sharing.retryNow();
    sources.resume();
  };
  document.addEventListener('visibilitychange', onReturn, { signal });
  // iOS can resume a page without a change of visibility.
  window.addEventListener('pageshow', onReturn, { signal });
  window.addEventListener('focus', onReturn, { signal });
  // The address with the token, opened in the tab that was turned down, changes the fragment only.
  window.addEventListener('hashchange', onToken, { signal });
  window.addEventListener(
    'online',
    () => {
      recognizer.retryNow();
      sharing.retryNow();
    },
    { signal },
  );
  const disposers = [
    recognizer.onState((state) => {
      store.dispatch({ type: 'recognizer', state });
      screen.showSeenPart();
      const { mode, backend } = recognizer.report;
      const isServers = mode === 'auto' && backend === 'server';
      if (state.kind !== 'ready' || !isServers) return;
      device.noteVersion(modelBehind(state.model.id), state.model.version);
    }),
    recognizer.onReport((report) => store.dispatch({ type: 'backend', report })),
    recognizer.onModelLost((why) => selection.onModelLost(why)),
    onCamerasChange(() => void sources.onCamerasChange()),
    // A picture that moves is drawn again with its next frame.
    onLanguage(() => screen.picture?.refresh()),
  ];
  signal.addEventListener('abort', () => {
    for (const dispose of disposers) dispose();
  });
}
