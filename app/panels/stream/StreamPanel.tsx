'use client';
import { useEffect, useState } from 'react';
import type { AgePart } from '../../../client/stream/frameAge.ts';
import type { LinkReading } from '../../../client/stream/linkMeter.ts';
import type { StreamReport } from '../../lens/streamReport.ts';
import type { Backend } from '../../recognizers/recognizer.ts';
import { Details } from '../../ui/Details.tsx';
import { PageLink } from '../../ui/PageLink.tsx';
import type { Words } from '../../ui/words/en.ts';
import type { Formats } from '../../ui/words/formats.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './StreamPanel.module.css';

const REFRESH_MS = 500;

export type ReadDetail = () => StreamReport;

const PARTS: Readonly<Record<Backend, readonly AgePart[]>> = {
  server: ['capture', 'encode', 'uplink', 'queue', 'decode', 'infer', 'downlink', 'draw'],
  // Nothing is compressed or sent.
  device: ['capture', 'queue', 'decode', 'infer', 'draw'],
};

type GroupName = keyof Words['stream']['groups'];

/** The parts by whose time they are; each group has a colour of its own, and its parts have shades of it. */
const GROUPS: Readonly<Record<Backend, readonly { name: GroupName; parts: readonly AgePart[] }[]>> = {
  server: [
    { name: 'page', parts: ['capture', 'encode', 'draw'] },
    { name: 'network', parts: ['uplink', 'downlink'] },
    { name: 'server', parts: ['queue', 'decode', 'infer'] },
  ],
  device: [
    { name: 'ends', parts: ['capture', 'draw'] },
    { name: 'model', parts: ['queue', 'decode', 'infer'] },
  ],
};

/** What a part is called where the model runs. */
function partText({ stream }: Words, backend: Backend, part: AgePart): { name: string; meaning: string } {
  const { deviceParts } = stream;
  return backend === 'device' && part in deviceParts
    ? deviceParts[part as keyof typeof deviceParts]
    : stream.serverParts[part];
}

export interface StreamPanelProps {
  id: string;
  read: ReadDetail;
  /** Where the model runs: it decides which parts there are. */
  backend: Backend;
  /** Codes are read, and nothing else. */
  areCodes: boolean;
}

/** How old the labels are and whose time that is; each part is folded away, and what goes over the link. */
export function StreamPanel({ id, read, backend, areCodes }: StreamPanelProps) {
  const words = useWords();
  const { stream, units, format } = words;
  const ms = msOf(format);
  const [{ age, link, picture }, setDetail] = useState(read);
  useEffect(() => {
    const timer = setInterval(() => setDetail(read()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [read]);
  return (
    <section id={id} className={styles.root} data-testid="stream-panel" aria-label={stream.title}>
      <p className={styles.age} data-age-p50={age?.age.p50.toFixed(1)}>
        <b>{ms(age?.age.p50)}</b> {units.ms}
        {stream.fromCameraToLabel}
      </p>
      {areCodes ? (
        <p>{words.whyDevice.codes.detail}</p>
      ) : (
        <Parts age={age} link={link} picture={picture} backend={backend} />
      )}
    </section>
  );
}

/** Whose time it is. */
function Parts({ age, link, picture, backend }: ReturnType<ReadDetail> & Pick<StreamPanelProps, 'backend'>) {
  const words = useWords();
  const { stream, units, format, measure } = words;
  const ms = msOf(format);
  const parts = PARTS[backend];
  const groupMs = (group: readonly AgePart[]) =>
    age && group.reduce((sum, part) => sum + (age.shares[part] ?? 0), 0);
  return (
    <>
      <div className={styles.bar} aria-hidden="true">
        {parts.map((part) => (
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
        {GROUPS[backend].map((group) => (
          <div key={group.name}>
            <dt>
              <i data-part={group.parts.at(-1)} />
              {stream.groups[group.name]}
            </dt>
            <dd>
              {ms(groupMs(group.parts))} {units.ms}
            </dd>
          </div>
        ))}
      </dl>
      <Details>
        <table className={styles.parts}>
          <thead>
            <tr>
              <th scope="col">{stream.milliseconds}</th>
              <th scope="col">p50</th>
              <th scope="col">p95</th>
            </tr>
          </thead>
          <tbody>
            <tr className={styles.total}>
              <th scope="row">{stream.all}</th>
              <td>{ms(age?.age.p50)}</td>
              <td>{ms(age?.age.p95)}</td>
            </tr>
            {parts.map((part) => (
              <tr key={part} data-part={part}>
                <th scope="row" title={partText(words, backend, part).meaning}>
                  <i data-part={part} />
                  {partText(words, backend, part).name}
                </th>
                <td>{ms(age?.parts[part].p50)}</td>
                <td>{ms(age?.parts[part].p95)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <dl className={styles.link}>
          <Fact name={stream.sent} value={sent(format, link, backend)} unit="kB/s" />
          {backend === 'server' && (
            <>
              <Fact name={stream.perLabel} value={kilobytes(format, link?.bytesPerLabel)} unit="kB" />
              <Fact name={stream.roundTrip} value={ms(link?.roundTripMs)} unit={units.ms} />
              <Fact
                name={stream.inFlight}
                value={link?.framesInFlight}
                unit={stream.frames(link?.framesInFlight)}
              />
              {picture && (
                <>
                  <Fact
                    name={stream.picture}
                    value={`${picture.widthPx} × ${picture.heightPx}`}
                    unit={picture.format.toUpperCase()}
                    room="two"
                  />
                  <Fact
                    name={stream.quality}
                    value={format.number(100 * picture.quality)}
                    unit={`%: ${stream.qualityReasons[picture.reason]}`}
                    room="row"
                  />
                </>
              )}
            </>
          )}
          {(backend === 'server' || link) && (
            <Fact name={stream.shownUpTo} value={ms(link?.maxLabelAgeMs)} unit={stream.msOld} room="two" />
          )}
        </dl>
        <PageLink page="measure" name={measure.open} icon="busy" />
      </Details>
    </>
  );
}

interface FactProps {
  name: string;
  value: string | number | undefined;
  unit: string;
  /** It is longer than a number and its unit. */
  room?: 'two' | 'row';
}

function Fact({ name, value, unit, room }: FactProps) {
  return (
    <div data-room={room}>
      <dt>{name}</dt>
      <dd>
        <b>{value ?? '–'}</b> {unit}
      </dd>
    </div>
  );
}

/** While the device runs the model only what is sent to test the server counts, and often there is no link at all. */
const sent = (format: Formats, link: LinkReading | undefined, backend: Backend) =>
  link === undefined && backend === 'device' ? format.number(0) : kilobytes(format, link?.upBytesPerS);
const msOf = (format: Formats) => (value: number | undefined) =>
  value === undefined ? '–' : format.number(value, value < 9.95 ? 1 : 0);
const kilobytes = (format: Formats, bytes: number | undefined) =>
  bytes === undefined ? undefined : format.number(bytes / 1_000, bytes < 9_950 ? 1 : 0);
