'use client';
import { useWords } from '../ui/words/useWords.ts';
import styles from './PlainPage.module.css';
import { PlainPage } from './PlainPage.tsx';
import { useLan } from './useLan.ts';

/** How to install the certificate authority, for people who want no warning: files, fingerprint, steps. */
export function TrustPage() {
  const { trust } = useWords().lan;
  const info = useLan();
  if (info !== undefined && info.fingerprint === undefined) {
    return (
      <PlainPage title={trust.title} hasHome>
        <p>{trust.none}</p>
      </PlainPage>
    );
  }
  return (
    <PlainPage title={trust.title} hasHome>
      <p>{trust.text}</p>
      <div className={styles.buttons}>
        <a className={styles.action} href="./v1/lan/authority.crt" download>
          {trust.crt}
        </a>
        <a className={styles.quiet} href="./v1/lan/authority.mobileconfig" download>
          {trust.profile}
        </a>
      </div>
      <div className={styles.card}>
        <h2>{trust.fingerprintTitle}</h2>
        <p>{trust.fingerprintText}</p>
        <p>
          <code data-testid="fingerprint">{info?.fingerprint ?? '…'}</code>
        </p>
      </div>
      {Object.entries(trust.systems).map(([system, { name, steps }]) => (
        <section key={system}>
          <h2>{name}</h2>
          <ol>
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </section>
      ))}
      <div className={styles.card}>
        <h2>{trust.limitsTitle}</h2>
        <p>{trust.limits}</p>
      </div>
    </PlainPage>
  );
}
