'use client';
import { useEffect, useState } from 'react';
import type { AgePart } from '../../../client/stream/frameAge.ts';
import type { LinkReading } from '../../../client/stream/linkMeter.ts';
import type { Place } from '../../recognizers/recognizer.ts';
import type { StreamDetail } from '../../stream/streamMeter.ts';
import { Details } from '../../ui/Details.tsx';
import styles from './StreamPanel.module.css';

const REFRESH_MS = 500;

export type ReadDetail = () => { age: StreamDetail | undefined; link: LinkReading | undefined };

interface Part {
  part: AgePart;
  name: string;
  meaning: string;
}

const PARTS: Readonly<Record<Place, readonly Part[]>> = {
  server: [
    { part: 'capture', name: 'capture', meaning: 'from the camera to this page' },
    { part: 'encode', name: 'encode', meaning: 'compressing the picture' },
    { part: 'uplink', name: 'uplink', meaning: 'on the way to the server' },
    { part: 'queue', name: 'queue', meaning: 'waiting at the server' },
    { part: 'decode', name: 'decode', meaning: 'decoding the picture' },
    { part: 'infer', name: 'infer', meaning: 'running the model' },
    { part: 'downlink', name: 'downlink', meaning: 'on the way back' },
    { part: 'draw', name: 'draw', meaning: 'until it is on screen' },
  ],
  // Nothing is compressed or sent.
  device: [
    { part: 'capture', name: 'capture', meaning: 'from the camera to this page' },
    { part: 'queue', name: 'queue', meaning: 'waiting for the model' },
    { part: 'decode', name: 'resize', meaning: 'resizing the picture' },
    { part: 'infer', name: 'infer', meaning: 'running the model' },
    { part: 'draw', name: 'draw', meaning: 'until it is on screen' },
  ],
};

/** The parts by whose time they are; each group has a colour of its own, and its parts have shades of it. */
const GROUPS: Readonly<Record<Place, readonly { name: string; parts: readonly AgePart[] }[]>> = {
  server: [
    { name: 'This page', parts: ['capture', 'encode', 'draw'] },
    { name: 'Network', parts: ['uplink', 'downlink'] },
    { name: 'Server', parts: ['queue', 'decode', 'infer'] },
  ],
  device: [
    { name: 'Camera and screen', parts: ['capture', 'draw'] },
    { name: 'Model', parts: ['queue', 'decode', 'infer'] },
  ],
};

export interface StreamPanelProps {
  id: string;
  read: ReadDetail;
  /** Where the model runs: it decides which parts there are. */
  place: Place;
}

/** How old the labels are and whose time that is; behind one press each part, and what goes over the link. */
export function StreamPanel({ id, read, place }: StreamPanelProps) {
  const parts = PARTS[place];
  const [{ age, link }, setDetail] = useState(read);
  useEffect(() => {
    const timer = setInterval(() => setDetail(read()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [read]);
  const groupMs = (group: readonly AgePart[]) =>
    age && group.reduce((sum, part) => sum + (age.shares[part] ?? 0), 0);
  return (
    <section id={id} className={styles.root} data-testid="stream-panel" aria-label="Age of the labels">
      <p className={styles.age} data-age-p50={age?.age.p50.toFixed(1)}>
        <b>{ms(age?.age.p50)}</b> ms from camera to label
      </p>
      <div className={styles.bar} aria-hidden="true">
        {parts.map(({ part }) => (
          <i
            key={part}
            data-part={part}
            data-share-ms={(age?.shares[part] ?? 0).toFixed(2)}
            // Set through the DOM, which the content security policy allows: the panel is never in the sent page.
            style={{ flexGrow: age?.shares[part] ?? 0 }}
          />
        ))}
      </div>
      <dl className={styles.groups}>
        {GROUPS[place].map((group) => (
          <div key={group.name}>
            <dt>
              <i data-part={group.parts.at(-1)} />
              {group.name}
            </dt>
            <dd>{ms(groupMs(group.parts))} ms</dd>
          </div>
        ))}
      </dl>
      <Details>
        <table className={styles.parts}>
          <thead>
            <tr>
              <th scope="col">Milliseconds</th>
              <th scope="col">p50</th>
              <th scope="col">p95</th>
            </tr>
          </thead>
          <tbody>
            <tr className={styles.total}>
              <th scope="row">all</th>
              <td>{ms(age?.age.p50)}</td>
              <td>{ms(age?.age.p95)}</td>
            </tr>
            {parts.map(({ part, name, meaning }) => (
              <tr key={part} data-part={part}>
                <th scope="row" title={meaning}>
                  <i data-part={part} />
                  {name}
                </th>
                <td>{ms(age?.parts[part].p50)}</td>
                <td>{ms(age?.parts[part].p95)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <dl className={styles.link}>
          <Fact name="Sent" value={sent(link, place)} unit="kB/s" />
          {place === 'server' && (
            <>
              <Fact name="Per label" value={kilobytes(link?.bytesPerLabel)} unit="kB" />
              <Fact name="Round trip" value={ms(link?.roundTripMs)} unit="ms" />
              <Fact
                name="In flight"
                value={link?.framesInFlight}
                unit={link?.framesInFlight === 1 ? 'frame' : 'frames'}
              />
              <Fact name="Quality" value={link && Math.round(link.quality * 100)} unit="%" />
            </>
          )}
          {(place === 'server' || link) && (
            <Fact name="Shown up to" value={ms(link?.maxLabelAgeMs)} unit="ms old" />
          )}
        </dl>
      </Details>
    </section>
  );
}

function Fact({ name, value, unit }: { name: string; value: string | number | undefined; unit: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{value ?? '–'}</b> {unit}
      </dd>
    </div>
  );
}

/** While the device looks only what is sent to learn how the server does counts, and often there is no link at all. */
const sent = (link: LinkReading | undefined, place: Place) =>
  link === undefined && place === 'device' ? '0' : kilobytes(link?.upBytesPerS);
const ms = (value: number | undefined) => {
  if (value === undefined) return '–';
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
};
const kilobytes = (bytes: number | undefined) => {
  if (bytes === undefined) return undefined;
  return bytes < 9950 ? (bytes / 1000).toFixed(1) : String(Math.round(bytes / 1000));
};
