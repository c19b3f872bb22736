'use client';
import type { ShareState } from '../../share/shareState.ts';
import { English } from '../../ui/words/English.tsx';
import type { Words } from '../../ui/words/en.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './ShareBadge.module.css';

export interface ShareBadgeProps {
  state: ShareState;
  /** Whether there are pictures of the camera at all. */
  isCameraOn: boolean;
  /** Takes the consent back. */
  onStop(): void;
}

/** Says all along that this camera is shown on screens, and lets a person end that with one press. */
export function ShareBadge({ state, isCameraOn, onStop }: ShareBadgeProps) {
  const { share, common, errors } = useWords();
  const text = textOf(share, state, isCameraOn);
  return (
    <div role="status">
      {state.kind !== 'off' && (
        <div
          className={styles.badge}
          data-testid="share-badge"
          data-live={(state.kind === 'on' && state.screens > 0 && isCameraOn) || undefined}
          data-refused={state.kind === 'refused' || undefined}
        >
          <i aria-hidden="true" />
          <p>
            <b>{text}</b>{' '}
            <span>
              {state.kind === 'on' && calledWhat(share, state)}
              {state.kind === 'refused' && (
                <English text={state.message} meaning={errors.meaning(state.code)} />
              )}
            </span>
          </p>
          <button
            type="button"
            aria-label={state.kind === 'on' ? share.stopName : undefined}
            onClick={onStop}
          >
            {state.kind === 'on' ? share.stop : common.close}
          </button>
        </div>
      )}
    </div>
  );
}

function textOf(share: Words['share'], state: ShareState, isCameraOn: boolean): string {
  if (state.kind === 'off') return '';
  if (state.kind === 'refused') return share.refusedTitle;
  if (!isCameraOn) return share.cameraOff;
  if (state.link !== 'open') return share.connecting;
  return state.screens === 0 ? share.noScreen : share.shown(state.screens);
}

function calledWhat(share: Words['share'], { name, camera }: Extract<ShareState, { kind: 'on' }>): string {
  if (name !== undefined) return share.as(name);
  return camera === undefined ? '' : share.asNumber(camera);
}
