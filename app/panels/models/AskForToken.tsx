'use client';
import { TokenForm } from '../../access/TokenForm.tsx';
import type { ModelsState } from '../../models/modelsState.ts';
import { Icon } from '../../ui/Icon.tsx';
import styles from './AskForToken.module.css';

/** Why nothing can be changed here, and the ways to be allowed to. */
export function AskForToken({
  access,
  onToken,
}: {
  access: ModelsState['access'];
  onToken(token: string): void;
}) {
  return (
    <section className={styles.root}>
      <p>
        <Icon name="lock" size={20} />
        <span>
          This browser may not change models yet. Open the link that the terminal printed when the server
          started; <code>npm run models -- link</code> prints a new one. Or use the operator’s token (
          <code>ADMIN_TOKEN</code>), which is kept in this tab only.
        </span>
      </p>
      <TokenForm
        label="Operator’s token"
        isWrong={access === 'wrong'}
        isChecking={access === 'checking'}
        onToken={onToken}
      />
      {access === 'wrong' && (
        <p role="alert" className={styles.wrong}>
          The server does not know this token. Ask its operator for the value of ADMIN_TOKEN.
        </p>
      )}
    </section>
  );
}
