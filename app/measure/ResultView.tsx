'use client';
import { useState } from 'react';
import { copyText } from '../browser/copyText.ts';
import { saveFile } from '../browser/saveFile.ts';
import { useWords } from '../ui/words/useWords.ts';
import { Histogram } from './Histogram.tsx';
import styles from './Measure.module.css';
import { type Measurement, PATH_PARTS } from './measurement.ts';
import result from './Result.module.css';

/** With what was measured. */
export interface Setting {
  /** `id@version` */
  readonly model: string | undefined;
  /** Maximum error of the two clocks, ms. */
  readonly clockErrorMs: number | undefined;
  /** From the opening of the page to its first labels, ms. */
  readonly firstLabelMs: number | undefined;
}

/** The three figures, how they are spread, where the time went, and the file with all of it. */
export function ResultView({
  measured,
  setting,
  onAgain,
  onLeave,
}: {
  measured: Measurement;
  setting: Setting;
  onAgain(): void;
  onLeave(): void;
}) {
  const { measure, stream, units, format } = useWords();
  const [isCopied, setCopied] = useState(false);
  const { label, parts, from } = measured;
  const partName = (part: (typeof PATH_PARTS)[number]) =>
    part === 'camera' || part === 'wait' || part === 'confirm'
      ? measure.parts[part]
      : stream.serverParts[part].name;
  const sum = PATH_PARTS.reduce((total, part) => total + (parts[part] ?? 0), 0);
  const text = () => JSON.stringify(toFile(measured, setting), null, 2);
  const save = () => {
    const name = `livelens-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.json`;
    saveFile(new File([text()], name, { type: 'application/json' }));
  };
  const copy = async () => {
    if (await copyText(text())) setCopied(true);
    // The file has the same.
    else save();
  };
  return (
    <section className={styles.result} aria-labelledby="measure-result">
      <h2 id="measure-result" tabIndex={-1}>
        {from === 'flash' ? measure.resultTitle : measure.resultFromCamera}
      </h2>
      <dl className={result.figures}>
        {(['p50', 'p95', 'p99'] as const).map((name) => (
          <div key={name}>
            <dt>{measure.quantiles[name]}</dt>
            <dd
              data-testid={`measure-${name}`}
              data-ms={label[name].toFixed(1)}
              data-main={name === 'p95' || undefined}
            >
              <b>{format.number(label[name])}</b> {units.ms}
            </dd>
          </div>
        ))}
      </dl>
      <p className={styles.note}>
        {measure.resultText(measured)}{' '}
        {from === 'flash' && setting.clockErrorMs !== undefined && measure.clockError(setting.clockErrorMs)}
        {from === 'camera' && measure.fromRecording}
      </p>
      <Histogram each={measured.each} marks={label} />
      <h3>{measure.partsTitle}</h3>
      <ol className={result.parts}>
        {PATH_PARTS.filter((part) => parts[part] !== undefined).map((part) => (
          <li key={part} data-part={part}>
            <span>{partName(part)}</span>
            <meter min={0} max={Math.max(1, sum)} value={parts[part] ?? 0} aria-label={partName(part)} />
            <b>{format.ms(parts[part] ?? 0)}</b>
          </li>
        ))}
      </ol>
      <p className={styles.note}>
        {setting.firstLabelMs !== undefined && measure.firstLabel(setting.firstLabelMs)}{' '}
        {measure.setting(setting.model ?? '–', measured.samples, measured.onDevice)}
      </p>
      <div className={styles.actions}>
        <button type="button" className={styles.primary} onClick={save}>
          {measure.save}
        </button>
        <button type="button" className={styles.quiet} onClick={() => void copy()}>
          {isCopied ? measure.copied : measure.copy}
        </button>
        <button type="button" className={styles.quiet} onClick={onAgain}>
          {measure.again}
        </button>
        <button type="button" className={styles.quiet} onClick={onLeave}>
          {measure.back}
        </button>
      </div>
    </section>
  );
}

/** What is saved; docs/measure.md describes it. */
function toFile(measured: Measurement, { model, clockErrorMs, firstLabelMs }: Setting) {
  const round = (value: number | undefined) => value && Math.round(value * 10) / 10;
  const roundAll = (values: object) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value)]));
  return {
    type: 'livelens-measurement',
    version: 1,
    at: new Date().toISOString(),
    browser: navigator.userAgent,
    model,
    from: measured.from,
    samples: measured.samples,
    missed: measured.missed,
    held: measured.held,
    onDevice: measured.onDevice,
    clockErrorMs: round(clockErrorMs),
    firstLabelMs: round(firstLabelMs),
    labelMs: roundAll(measured.label),
    partsMs: roundAll(measured.parts),
    partsP95Ms: roundAll(measured.slowParts),
    eachMs: measured.each.map(round),
  };
}
