'use client';
import type { RefObject } from 'react';
import type { Lens } from '../lens/lens.ts';
import type { LensState } from '../lens/lensState.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
import { CameraSelect } from './CameraSelect.tsx';
import styles from './Livelens.module.css';

export interface TopButtonsProps {
  lens: Lens | undefined;
  state: LensState;
  /** Gets the focus back from what is presented; undefined where there is nothing to present. */
  presentButton: RefObject<HTMLButtonElement | null> | undefined;
  /** A model is coming in. */
  isAdding: boolean;
  /** Undefined: this camera is shown already. */
  onShare: (() => void) | undefined;
  onPresent(): void;
  /** Undefined where no phone can be invited. */
  onPhone: (() => void) | undefined;
  onModels(): void;
  onHelp(): void;
}

/** What is opened from the upper right corner. */
export function TopButtons(props: TopButtonsProps) {
  const { lens, state, presentButton, isAdding, onShare, onPresent, onPhone, onModels, onHelp } = props;
  const { stage, modelsPanel, help, share, lan } = useWords();
  const { view, cameras, cameraId } = state;
  const isCameraOn = view.kind === 'live' && view.source === 'camera';
  return (
    <div className={styles.right}>
      {isCameraOn && cameras.length > 1 && (
        <CameraSelect cameras={cameras} current={cameraId} onChoose={(id) => void lens?.chooseCamera(id)} />
      )}
      {isCameraOn && onShare && (
        <RoundButton
          icon="cast"
          name={share.open}
          title={share.open}
          className={styles.share}
          onClick={onShare}
        />
      )}
      {presentButton && (
        <RoundButton
          button={presentButton}
          icon="present"
          name={stage.present}
          title={stage.presentTitle}
          className={styles.present}
          onClick={onPresent}
        />
      )}
      {onPhone && <RoundButton icon="phone" name={lan.open} title={lan.open} onClick={onPhone} />}
      <RoundButton icon="models" name={modelsPanel.title} isBusy={isAdding} onClick={onModels} />
      <RoundButton icon="help" name={help.title} onClick={onHelp} />
    </div>
  );
}

interface RoundButtonProps {
  button?: RefObject<HTMLButtonElement | null>;
  icon: IconName;
  name: string;
  title?: string;
  className?: string | undefined;
  isBusy?: boolean;
  onClick(): void;
}

function RoundButton({ button, icon, name, title, className = '', isBusy, onClick }: RoundButtonProps) {
  return (
    <button
      ref={button}
      type="button"
      className={`${styles.round} ${className}`}
      aria-label={name}
      title={title}
      data-busy={isBusy || undefined}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
