'use client';
import { ActionSheet } from '../actions/ActionSheet.tsx';
import type { Lens } from '../lens/lens.ts';
import type { LensState } from '../lens/lensState.ts';
import { HistorySheet } from './HistorySheet.tsx';
import { SaveSheet } from './SaveSheet.tsx';

/** A sheet that a person opens from the controls. */
export type SheetName = 'save' | 'history';

export interface LensSheetsProps {
  lens: Lens;
  state: LensState;
  /** Undefined: none is open. */
  open: SheetName | undefined;
  onClose(): void;
}

/** What can be done with what was read, with the picture, and with what was seen before. */
export function LensSheets({ lens, state: { view, opened }, open, onClose }: LensSheetsProps) {
  return (
    <>
      <SaveSheet lens={lens} isOpen={open === 'save' && view.kind === 'picture'} onClose={onClose} />
      <HistorySheet history={lens.history} isOpen={open === 'history'} onClose={onClose} />
      <ActionSheet content={opened} onClose={() => lens.open(undefined)} />
    </>
  );
}
