'use client';
import { isLoopbackHost } from '../browser/isLoopbackHost.ts';
import { useBrowserFact } from '../browser/useBrowserFact.ts';
import { canShareScreen } from '../capture/liveSource.ts';
import { useLan } from '../lan/useLan.ts';
import { usePhoneLink } from '../lan/usePhoneLink.ts';
import { HomeLink } from '../ui/HomeLink.tsx';
import { Rich } from '../ui/words/Rich.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './Measure.module.css';

/** What is measured and with what: two devices, or this one alone. */
export function RoleChoice({ onWatch }: { onWatch(): void }) {
  const { measure, wall } = useWords();
  const address = useWatchAddress();
  const canShare = useBrowserFact(canShareScreen, true);
  const openFlashes = () => {
    window.open('./flashes', 'livelens-flashes', 'popup,width=720,height=720');
    onWatch();
  };
  return (
    <main className={styles.choice}>
      <HomeLink />
      <h1>{measure.title}</h1>
      <p className={styles.lead}>{measure.lead}</p>
      <div className={styles.ways}>
        <section aria-labelledby="two-devices">
          <h2 id="two-devices">{measure.twoDevices}</h2>
          <ol>
            <li>{measure.twoFlash}</li>
            <li>
              {measure.twoOpen} <a href={address?.href}>{address?.href}</a>
              {address && isLoopbackHost(address.hostname) && <p>{wall.localOnly}</p>}
            </li>
            <li>{measure.twoPoint}</li>
          </ol>
          <div className={styles.actions}>
            <a className={styles.primary} href="./flashes">
              {measure.flashHere}
            </a>
            <button type="button" className={styles.quiet} onClick={onWatch}>
              {measure.watchHere}
            </button>
          </div>
        </section>
        {canShare && (
          <section aria-labelledby="one-device">
            <h2 id="one-device">{measure.oneDevice}</h2>
            <p>{measure.oneText}</p>
            <div className={styles.actions}>
              <button type="button" className={styles.quiet} onClick={openFlashes}>
                {measure.openFlashes}
              </button>
            </div>
          </section>
        )}
      </div>
      <p className={styles.note}>
        <Rich text={measure.method} />
      </p>
      <p className={styles.note}>{measure.flashWarning}</p>
    </main>
  );
}

const pageAddress = () => location.href;

/** Where the other device watches: on the machine of a server that is for its network, at the address for phones. */
function useWatchAddress(): URL | undefined {
  const lan = useLan();
  const { link } = usePhoneLink(lan?.mayInvite ?? false);
  const page = useBrowserFact<string | undefined>(pageAddress, undefined);
  const base = link?.url ?? page;
  return base === undefined ? undefined : new URL('./measure?watch', base);
}
