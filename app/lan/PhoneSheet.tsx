'use client';
import type { LanInfo } from '../../protocol/lan.ts';
import { TRUST_PAGE } from '../../protocol/lan.ts';
import { PageLink } from '../ui/PageLink.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { English } from '../ui/words/English.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './PhoneSheet.module.css';
import { QrCode } from './QrCode.tsx';
import { usePhoneLink } from './usePhoneLink.ts';
import { WarningSteps } from './WarningSteps.tsx';

/** The QR code for a phone, and how to get past its browser's warning, which comes before any page of ours. */
export function PhoneSheet({ info, isOpen, onClose }: { info: LanInfo; isOpen: boolean; onClose(): void }) {
  const { lan, wall } = useWords();
  const { link, paired, problem } = usePhoneLink(isOpen);
  const [address] = link?.url.split('#') ?? [];
  return (
    <Sheet title={lan.open} data-testid="phone-panel" isOpen={isOpen} onClose={onClose}>
      <div className={styles.code}>
        <div className={styles.qr}>{link && <QrCode text={link.url} label={lan.qr(address ?? '')} />}</div>
        <p role="status">
          {paired > 0 && (
            <b>
              {lan.paired(paired)} {lan.next}
            </b>
          )}
        </p>
        {problem === undefined ? (
          <p>{lan.scan}</p>
        ) : (
          <p>
            {lan.noLink} <English text={problem} meaning={undefined} />
          </p>
        )}
        {address !== undefined && (
          <p className={styles.address}>
            <b>{address}</b>
          </p>
        )}
        {link !== undefined && link.others.length > 0 && (
          <details>
            <summary>{lan.otherAddresses}</summary>
            <ul>
              {link.others.map((other) => (
                <li key={other}>{other}</li>
              ))}
            </ul>
          </details>
        )}
        <PageLink page="screen" name={wall.open} icon="grid" inNewTab />
      </div>
      {info.fingerprint !== undefined && (
        <div className={styles.warning}>
          <h3>{lan.warning.title}</h3>
          <p>{lan.warning.text}</p>
          <WarningSteps system="ios" />
          <WarningSteps system="android" />
          <p>
            <a href={`./${TRUST_PAGE}`} target="_blank" rel="noopener">
              {lan.warning.trust}
            </a>
          </p>
        </div>
      )}
    </Sheet>
  );
}
