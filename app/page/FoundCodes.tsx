'use client';
import { useRef } from 'react';
import type { Label } from '../../protocol/messages.ts';
import type { Content } from '../actions/action.ts';
import { symbologyName } from '../actions/symbologyName.ts';
import { Icon } from '../ui/Icon.tsx';
import { useFocusBack } from '../ui/useFocusBack.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './FoundCodes.module.css';

/** More would cover the picture; each of them can be pressed there. */
const MAX_SHOWN = 3;

export interface FoundCodesProps {
  codes: readonly Label[];
  onOpen(content: Content): void;
}

/** The codes that are in sight, as buttons: what each says, and a press for what can be done with it. */
export function FoundCodes({ codes, onOpen }: FoundCodesProps) {
  const { actions: words } = useWords();
  return (
    <div>
      {codes.length > 0 && (
        <ul className={styles.root} data-testid="found-codes" aria-label={words.found}>
          {codes.slice(-MAX_SHOWN).map((code) => (
            <li key={code.id}>
              <FoundCode code={code} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function FoundCode({ code, onOpen }: { code: Label } & Pick<FoundCodesProps, 'onOpen'>) {
  const button = useRef<HTMLButtonElement>(null);
  useFocusBack(button, code.id);
  return (
    <button ref={button} type="button" onClick={() => onOpen(contentOf(code))}>
      <Icon name="grid" size={20} />
      <b>{code.label}</b>
      <span>{symbologyName(code.format ?? '')}</span>
    </button>
  );
}

const contentOf = ({ text = '', format, bytes }: Label): Content => ({ text, format, bytes });
