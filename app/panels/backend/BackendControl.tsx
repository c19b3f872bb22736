'use client';
import { useCallback, useSyncExternalStore } from 'react';
import { modelBehind } from '../../../protocol/things.ts';
import type { Lens } from '../../lens/lens.ts';
import { inUse, type LensState } from '../../lens/lensState.ts';
import { BackendBadge } from './BackendBadge.tsx';
import { BackendPanel } from './BackendPanel.tsx';

export interface BackendControlProps {
  lens: Lens;
  state: LensState;
  isOpen: boolean;
  onOpenChange(isOpen: boolean): void;
}

/** Where labels come from: a badge, and the panel behind it that explains and changes it. */
export function BackendControl({ lens, state, isOpen, onOpenChange }: BackendControlProps) {
  const { device } = lens;
  const known = useSyncExternalStore(device.store.subscribe, device.store.getState);
  const comparison = useCallback(() => lens.readComparison(), [lens]);
  const { backend, view, codes } = state;
  const model = state.model && { ...state.model, id: modelBehind(state.model.id) };
  const isShowing = view.kind === 'live' || view.kind === 'picture';
  const areCodes = view.kind === 'live' && codes === 'only';
  return (
    <>
      <BackendBadge
        report={backend}
        areCodes={areCodes}
        isShowing={isShowing}
        model={model && known.models[model.id]}
        onOpen={() => onOpenChange(true)}
      />
      <BackendPanel
        report={backend}
        comparison={comparison}
        device={known}
        model={model}
        active={inUse(state)}
        areCodes={areCodes}
        isShowing={isShowing}
        isOpen={isOpen}
        onClose={() => {
          onOpenChange(false);
          lens.endMeasuring();
        }}
        onMode={(mode) => lens.setBackendMode(mode)}
        onMeasure={() => lens.measureDevice()}
        onClear={() => void device.clear()}
        onConditions={(conditions) => device.setConditions(conditions)}
        onDownload={(id) => void device.download(id)}
        onUpdate={(id) => void device.download(id)}
        onRollBack={(id) => void device.rollBack(id)}
        onRemove={(id) => void device.remove(id)}
      />
    </>
  );
}
