'use client';
import { TokenForm } from '../../access/TokenForm.tsx';
import type { ModelsState } from '../../models/modelsState.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Rich } from '../../ui/words/Rich.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './AskForToken.module.css';

/** Why nothing can be changed here, and the ways to be allowed to. */
export function AskForToken({
  access,
  onToken,
}: {
  access: ModelsState['access'];
  onToken(token: string): void;
}) {
  const { rights } = useWords();
  return (
    <section className={styles.root}>
      <p>
        <Icon name="lock" size={20} />
        <span>
          <Rich text={rights.explain} />
        </span>
      </p>
      <TokenForm
        label={rights.label}
        isWrong={access === 'wrong'}
        isChecking={access === 'checking'}
        onToken={onToken}
      />
      {access === 'wrong' && (
        <p role="alert" className={styles.wrong}>
          {rights.wrong}
        </p>
      )}
    </section>
  );
}
