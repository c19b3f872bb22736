'use client';
import { isLoopbackHost } from '../browser/isLoopbackHost.ts';
import { QrCode } from '../lan/QrCode.tsx';
import { useLan } from '../lan/useLan.ts';
import { usePhoneLink } from '../lan/usePhoneLink.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './JoinAddress.module.css';

/**
 * How a camera joins: a QR code and the address. On the machine of a server that is for its network the code is for one phone,
 * and a new one follows each that was used.
 * @param address of this server as the screen reaches it
 */
export function JoinAddress({ address, isLarge = false }: { address: string; isLarge?: boolean }) {
  const { wall } = useWords();
  const lan = useLan();
  const { link } = usePhoneLink(lan?.mayInvite ?? false);
  const { hostname } = new URL(address);
  const isLocal = link === undefined && isLoopbackHost(hostname);
  const full = link === undefined ? address : askingToShow(link.url);
  const [plain = ''] = full.split('#');
  // A person types the address without the code; `http://` goes without saying.
  const shown = link === undefined ? address.replace(/^http:\/\//, '') : plain;
  return (
    <div className={styles.root} data-large={isLarge || undefined} data-testid="join">
      {!isLocal && (
        <div className={styles.qr}>
          <QrCode text={full} label={wall.qr(plain)} />
        </div>
      )}
      <div className={styles.text}>
        <span>{isLarge ? wall.address : wall.addCamera}</span>
        <b translate="no">{shown}</b>
        {isLarge && isLocal && <p>{wall.localOnly}</p>}
      </div>
    </div>
  );
}

/** The page that opens then asks whether its camera may be shown. */
function askingToShow(url: string): string {
  const [address = url, fragment] = url.split('#');
  return `${address}#${fragment ? `${fragment}&` : ''}show`;
}
