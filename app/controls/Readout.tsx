'use client';
import { useEffect, useState } from 'react';
import type { StreamReading } from '../stream/streamMeter.ts';
import styles from './Readout.module.css';

const REFRESH_MS = 250;

/** Labels per second, and the time from the capture of a frame to its labels on screen. */
export function Readout({ read, connection }: { read: () => StreamReading; connection: string }) {
  const [{ ratePerS, ageMs }, setReading] = useState<StreamReading>({ ratePerS: 0, ageMs: undefined });
  useEffect(() => {
    const timer = setInterval(() => setReading(read()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [read]);
  const age = ageMs === undefined ? undefined : Math.round(ageMs);
  return (
    <dl
      className={styles.root}
      data-testid="readout"
      data-rate={ratePerS.toFixed(1)}
      data-age-ms={age ?? ''}
      data-connection={connection}
    >
      <div>
        <dt>Labels per second</dt>
        <dd>
          <b>{Math.round(ratePerS)}</b>/s
        </dd>
      </div>
      <div>
        <dt>Age</dt>
        <dd>
          <b>{age ?? '–'}</b> ms
        </dd>
      </div>
    </dl>
  );
}
