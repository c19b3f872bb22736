'use client';
import { type KeyboardEvent, useRef } from 'react';
import { Icon } from '../../ui/Icon.tsx';
import styles from './HoldButton.module.css';

export interface HoldButtonProps {
  name: string;
  /** How far it is, 0..1 and more. */
  share: number;
  isBusy: boolean;
  isDisabled: boolean;
  onPress(): void;
  onRelease(): void;
}

const isPressKey = ({ key }: KeyboardEvent) => key === ' ' || key === 'Enter';

/** A button that does something for as long as it is held, and a ring around it that says how far that is. */
export function HoldButton({ name, share, isBusy, isDisabled, onPress, onRelease }: HoldButtonProps) {
  /** A press that was heard of by its pointer or key: the click that follows is the same one. */
  const isPressed = useRef(false);
  const press = () => {
    isPressed.current = true;
    onPress();
  };
  /** No click follows. */
  const releaseUnclicked = () => {
    isPressed.current = false;
    onRelease();
  };
  return (
    <button
      type="button"
      className={styles.root}
      aria-label={name}
      aria-disabled={isDisabled || undefined}
      data-busy={isBusy || undefined}
      data-done={share >= 1 || undefined}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        press();
      }}
      onPointerUp={onRelease}
      onPointerCancel={releaseUnclicked}
      onLostPointerCapture={onRelease}
      onKeyDown={(event) => {
        if (!isPressKey(event)) return;
        event.preventDefault();
        if (!event.repeat) press();
      }}
      onKeyUp={(event) => {
        if (!isPressKey(event)) return;
        event.preventDefault();
        releaseUnclicked();
      }}
      onBlur={onRelease}
      onClick={() => {
        // A screen reader presses without pointer or key.
        if (!isPressed.current) {
          onPress();
          onRelease();
        }
        isPressed.current = false;
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      <svg viewBox="0 0 64 64" aria-hidden="true" focusable="false">
        <circle className={styles.track} cx="32" cy="32" r="29" pathLength="1" />
        <circle
          className={styles.progress}
          cx="32"
          cy="32"
          r="29"
          pathLength="1"
          strokeDasharray={`${Math.min(1, share)} 1`}
        />
      </svg>
      <i>
        <Icon name={share >= 1 ? 'check' : 'plus'} size={28} />
      </i>
    </button>
  );
}
