'use client';
import type { Lens } from '../lens/lens.ts';
import { confidence, type LensState } from '../lens/lensState.ts';
import { addedModels, type Mode } from '../lens/modes.ts';
import type { Shortcut } from '../ui/shortcuts.ts';
import { useShortcuts } from '../ui/useShortcuts.ts';
import type { SourceChoice } from './useSources.tsx';

/** What opens from the controls. */
export type PanelName = 'models' | 'backend' | 'detail' | 'help' | 'history';

export interface PageShortcuts {
  lens: Lens | undefined;
  state: LensState;
  sources: readonly SourceChoice[];
  /** Those that give labels. */
  models: readonly { readonly id: string }[];
  modes: readonly Mode[];
  /** Moves a magnified picture with an arrow key. @returns whether it is magnified */
  onArrow(key: string): boolean;
  onPresent(): void;
  onOpen(panel: PanelName): void;
  onMode(mode: Mode): void;
}

const STEP = 0.05;

/** What each key does. */
export function usePageShortcuts({
  lens,
  state,
  sources,
  models,
  modes,
  onArrow,
  onPresent,
  onOpen,
  onMode,
}: PageShortcuts): void {
  const { view } = state;
  const nudge = (by: number) => {
    // There is no slider either.
    if (state.codes === 'only') return;
    const { value, floor, ceiling } = confidence(state);
    lens?.setMinScore(Math.min(ceiling, Math.max(floor, Math.round((value + by) * 100) / 100)));
  };
  useShortcuts((shortcut: Shortcut, key: string) => {
    switch (shortcut) {
      case 'startStop':
        if (view.kind === 'live' || view.kind === 'asking') lens?.stop();
        else if (view.kind === 'picture' && view.frozen) void lens?.unfreeze();
        else void lens?.start();
        return;
      case 'pause':
        if (view.kind === 'live' && view.source === 'video') lens?.togglePause();
        return;
      case 'flip':
        if (view.kind === 'live' && view.source === 'camera') void lens?.flip();
        return;
      case 'mirror':
        lens?.toggleMirrored();
        return;
      case 'freeze':
        if (view.kind === 'live') void lens?.freeze();
        else if (view.kind === 'picture' && view.frozen) void lens?.unfreeze();
        return;
      case 'zoom':
        // A camera that zooms by itself does so in its settings.
        if (view.kind === 'picture' || state.controls.zoom === undefined) lens?.magnifier?.toggle();
        return;
      case 'arrow':
        if (onArrow(key)) return;
        if (key === 'ArrowLeft') return nudge(-STEP);
        return key === 'ArrowRight' ? nudge(STEP) : false;
      case 'letGo':
        if (state.locked) lens?.releaseThing();
        else if (state.textLines.some(({ isSelected }) => isSelected)) lens?.unselectText();
        else if (view.kind === 'picture' && view.frozen) void lens?.unfreeze();
        return;
      case 'present':
        onPresent();
        return;
      case 'camera':
      case 'picture':
      case 'video':
      case 'screen':
      case 'demo':
        sources.find((source) => source.id === shortcut)?.choose();
        return;
      case 'lower':
        nudge(-STEP);
        return;
      case 'higher':
        nudge(STEP);
        return;
      case 'mode': {
        const at = Number(key) - 1;
        const mode = modes[at];
        const model = addedModels(models, modes)[at - modes.length];
        if (mode) onMode(mode);
        else if (model) lens?.chooseModel(model.id);
        return;
      }
      case 'nextModel': {
        const chosen = state.modelId ?? state.model?.id;
        const at = models.findIndex(({ id }) => id === chosen);
        const next = models[(at + 1) % models.length];
        if (next && next.id !== chosen) lens?.chooseModel(next.id);
        return;
      }
      case 'models':
      case 'backend':
      case 'detail':
      case 'help':
      case 'history':
        onOpen(shortcut);
        return;
      default:
        shortcut satisfies never;
    }
  });
}
