'use client';
import { useState } from 'react';
import { TokenForm } from '../access/TokenForm.tsx';
import { HomeLink } from '../ui/HomeLink.tsx';
import { Spoken } from '../ui/Spoken.tsx';
import { usePage } from '../ui/usePage.ts';
import type { Words } from '../ui/words/en.ts';
import { Rich } from '../ui/words/Rich.tsx';
import { Dashboard } from './Dashboard.tsx';
import styles from './Status.module.css';
import type { StatusState } from './statusState.ts';
import { useStatus } from './useStatus.ts';

/** The page `/status`: what this server does now, and did in the last minutes. */
export function StatusPage() {
  const { words } = usePage();
  const { state, hasLinkFailed, giveToken } = useStatus();
  const { status } = words;
  const pulse = pulseOf(state, words);
  const step = state.kind === 'shown' ? String(state.isStale) : state.kind;
  /** As it was at that step: how long the server runs changes each minute, and is read by who looks for it. */
  const [said, setSaid] = useState({ step, pulse });
  if (said.step !== step) setSaid({ step, pulse });
  return (
    <main
      className={styles.root}
      data-state={state.kind}
      data-samples={state.kind === 'shown' ? state.status.history.sessions.length : undefined}
    >
      <div className={styles.page}>
        <header className={styles.head}>
          <HomeLink />
          <div>
            <h1>{status.title}</h1>
            <p className={styles.pulse} data-stale={state.kind !== 'shown' || state.isStale}>
              <i aria-hidden="true" />
              {pulse}
            </p>
            <Spoken text={said.pulse} step={step} />
          </div>
        </header>
        {state.kind === 'shown' && <Dashboard status={state.status} />}
        {state.kind === 'refused' && (
          <section className={styles.refused}>
            <h2>{status.refusedTitle}</h2>
            <p>{status.refusedText}</p>
            <ol>
              <li>
                <Rich text={status.refusedLink} />
                {hasLinkFailed && <p role="alert">{status.linkFailed}</p>}
              </li>
              <li>
                <Rich text={status.refusedToken} />
                <TokenForm label={status.tokenLabel} isWrong={state.isWrong} onToken={giveToken} />
                {state.isWrong && <p role="alert">{status.tokenWrong}</p>}
              </li>
            </ol>
          </section>
        )}
      </div>
    </main>
  );
}

function pulseOf(state: StatusState, { status }: Words): string {
  switch (state.kind) {
    case 'loading':
      return status.loading;
    case 'refused':
      return status.refused;
    case 'unreachable':
      return status.unreachable;
    case 'shown':
      return state.isStale
        ? status.unreachable
        : status.running(state.status.nowMs - state.status.startedAtMs);
  }
}
