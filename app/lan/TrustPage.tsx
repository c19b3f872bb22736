'use client';
import { useEffect, useState } from 'react';
import { serverUrl } from '../browser/basePath.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './PlainPage.module.css';
import { PlainPage } from './PlainPage.tsx';
import { useLan } from './useLan.ts';

/** How to install the certificate authority, for people who want no warning: files, fingerprint, steps. */
export function TrustPage() {
  const { trust } = useWords().lan;
  const info = useLan();
  const [files, setFiles] = useState<{ crt: string; profile: string }>();
  useEffect(() => {
    setFiles({ crt: serverUrl('v1/lan/authority.crt'), profile: serverUrl('v1/lan/authority.mobileconfig') });
  }, []);
  if (info !== undefined && info.fingerprint === undefined) {
    return (
      <PlainPage title={trust.title}>
        <p>{trust.none}</p>
      </PlainPage>
    );
  }
  return (
    <PlainPage title={trust.title}>
      <p>{trust.text}</p>
      <div className={styles.buttons}>
        <a className={styles.action} href={files?.crt} download>
          {trust.crt}
        </a>
        <a className={styles.quiet} href={files?.profile} download>
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
