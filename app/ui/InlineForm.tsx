'use client';
import { type FormEvent, type ReactNode, useEffect, useRef } from 'react';
import { keepTypedEnter, pressedKey } from './pressedKey.ts';

export interface InlineFormProps {
  /** For who cannot see what it is in. */
  name: string;
  className: string | undefined;
  children: ReactNode;
  onSubmit(): void;
  onCancel(): void;
}

/**
 * A form in place of the button that asked for it: the focus moves into it, and Escape leaves it without closing what it is in. For the way
 * back see `useFocusOpener`.
 */
export function InlineForm({ name, className, children, onSubmit, onCancel }: InlineFormProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // The button that opened it is gone.
    const first = form.current?.querySelector<HTMLElement>('input:not([type="radio"]), input:checked');
    first?.focus();
    if (first instanceof HTMLInputElement && first.type === 'text') first.select();
  }, []);
  return (
    <form
      ref={form}
      className={className}
      aria-label={name}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        onSubmit();
      }}
      onKeyDown={(event) => {
        keepTypedEnter(event);
        if (pressedKey(event.nativeEvent) !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        onCancel();
      }}
    >
      {children}
    </form>
  );
}
