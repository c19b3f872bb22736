'use client';
import { useState } from 'react';
import { Icon } from '../controls/Icon.tsx';
import styles from './AskForToken.module.css';
import type { ModelsState } from './modelsState.ts';
import { PanelButton } from './PanelButton.tsx';

/** Why nothing can be changed here, and the way to be allowed to. */
export function AskForToken({
  access,
  onToken,
}: {
  access: ModelsState['access'];
  onToken(token: string): void;
}) {
  const [token, setToken] = useState('');
  const isChecking = access === 'checking';
  return (
    <section className={styles.root}>
      <p>
        <Icon name="lock" size={20} />
        <span>
          Models are changed on the machine that runs the server, or with its operator’s token (
          <code>ADMIN_TOKEN</code>). The token is kept in this tab only.
        </span>
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (token !== '') onToken(token);
        }}
      >
        <input
          type="password"
          autoComplete="off"
          aria-label="Operator’s token"
          aria-invalid={access === 'wrong' || undefined}
          placeholder="Operator’s token"
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <PanelButton submits disabled={token === '' || isChecking}>
          {isChecking ? 'Asking …' : 'Use it'}
        </PanelButton>
      </form>
      {access === 'wrong' && (
        <p role="alert" className={styles.wrong}>
          The server does not know this token. Ask its operator for the value of ADMIN_TOKEN.
        </p>
      )}
    </section>
  );
}
