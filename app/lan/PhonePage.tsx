'use client';
import { useEffect, useState } from 'react';
import { isIos } from '../browser/isIos.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './PlainPage.module.css';
import { PlainPage } from './PlainPage.tsx';
import { type PhoneSystem, WarningSteps } from './WarningSteps.tsx';

/**
 * What a person sees who opened the address with `http://`: what the browser will warn of, before it does. A browser that
 * trusts the certificate already, or was allowed to go on, is sent on at once.
 */
export function PhonePage() {
  const { lan } = useWords();
  const [secureUrl, setSecureUrl] = useState<string>();
  const [system, setSystem] = useState<PhoneSystem>();
  useEffect(() => {
    const { host, pathname, search, hash } = window.location;
    const url = `https://${host}${pathname.replace(/phone$/, '')}${search}${hash}`;
    setSecureUrl(url);
    setSystem(isIos(navigator) ? 'ios' : 'android');
    const life = new AbortController();
    // Answered only where the browser takes the certificate.
    fetch(new URL('v1/lan', url), { signal: life.signal, mode: 'cors' }).then(
      ({ ok }) => {
        if (ok) window.location.replace(url);
      },
      () => {
        // It does not, yet: the page says what comes.
      },
    );
    return () => life.abort();
  }, []);
  return (
    <PlainPage title={lan.phone.title}>
      <p>{lan.phone.text}</p>
      <p>{lan.warning.text}</p>
      {system && <WarningSteps system={system} />}
      <a className={styles.action} href={secureUrl}>
        {lan.phone.goOn}
      </a>
      {system && (
        <details>
          <summary>{lan.phone.otherSystem}</summary>
          <WarningSteps system={system === 'ios' ? 'android' : 'ios'} />
        </details>
      )}
    </PlainPage>
  );
}
