'use client';
import { isLoopbackHost } from '../browser/isLoopbackHost.ts';
import { QrCode } from '../lan/QrCode.tsx';
import { useLan } from '../lan/useLan.ts';
import { usePhoneLink } from '../lan/usePhoneLink.ts';
import type { Words } from '../ui/words/en.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './JoinAddress.module.css';

/**
 * How a camera joins: a QR code and the address. Where the screen may pair phones, the code is for one of them, and a new one follows
 * each that was used; where it may not and they have to be paired, it says where that is done.
 * @param address of this server as the screen reaches it
 */
export function JoinAddress({ address, isLarge = false }: { address: string; isLarge?: boolean }) {
  const { wall } = useWords();
  const lan = useLan();
  const { link } = usePhoneLink(lan?.mayInvite ?? false);
  const { hostname } = new URL(address);
  const isLocal = link === undefined && isLoopbackHost(hostname);
  // A code without the right to join leads a new phone nowhere.
  const isPairedElsewhere = lan?.needsPairing === true && !lan.mayInvite;
  const hasCode = lan !== undefined && !isLocal && !isPairedElsewhere;
  const full = link === undefined ? address : askingToShow(link.url);
  const [plain = ''] = full.split('#');
  // A person types the address without the code; `http://` goes without saying.
  const shown = link === undefined ? address.replace(/^http:\/\//, '') : plain;
  return (
    <div className={styles.root} data-large={isLarge || undefined} data-testid="join">
      {hasCode && (
        <div className={styles.qr}>
          <QrCode text={full} label={wall.qr(plain)} />
        </div>
      )}
      <div className={styles.text}>
        <span>{addCameraText(wall, isLarge, isPairedElsewhere)}</span>
        <b translate="no">{shown}</b>
        {isLarge && isLocal && <p>{wall.localOnly}</p>}
        {isLarge && isPairedElsewhere && <p>{wall.pairElsewhereText}</p>}
      </div>
    </div>
  );
}

function addCameraText(wall: Words['wall'], isLarge: boolean, isPairedElsewhere: boolean): string {
  if (isLarge) return wall.address;
  return isPairedElsewhere ? wall.pairElsewhere : wall.addCamera;
}

/** The page that opens then asks whether its camera may be shown. */
function askingToShow(url: string): string {
  const [address = url, fragment] = url.split('#');
  return `${address}#${fragment ? `${fragment}&` : ''}show`;
}
