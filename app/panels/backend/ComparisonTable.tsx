'use client';
import { useEffect, useState } from 'react';
import { type BatteryReading, watchBattery } from '../../browser/battery.ts';
import type { DeviceModelState } from '../../device/library/deviceState.ts';
import type { BackendReport, Comparison } from '../../recognizers/backend.ts';
import type { Backend } from '../../recognizers/recognizer.ts';
import panel from '../../ui/Panel.module.css';
import { PanelButton } from '../../ui/PanelButton.tsx';
import hidden from '../../ui/SrOnly.module.css';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './ComparisonTable.module.css';
import { comparisonRows, type Figure } from './comparisonRows.ts';
import { phaseName } from './deviceText.ts';

const REFRESH_MS = 500;

export interface ComparisonTableProps {
  report: BackendReport;
  read(): Comparison;
  /** Where the labels on the screen come from; undefined while there are none. */
  activeBackend: Backend | undefined;
  /** The model that is used, on this device; undefined while no model is known. */
  device: DeviceModelState | undefined;
  onMeasure(): void;
}

/** What speaks for the server and what for this device, with what was measured here and on this link. */
export function ComparisonTable({ report, read, activeBackend, device, onMeasure }: ComparisonTableProps) {
  const words = useWords();
  const { backendNames, comparison: texts } = words;
  const [comparison, setComparison] = useState(read);
  const [battery, setBattery] = useState<BatteryReading>();
  useEffect(() => {
    const timer = setInterval(() => setComparison(read()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [read]);
  useEffect(() => watchBattery(setBattery), []);
  const rows = comparisonRows(words, { comparison, mode: report.mode, provider: device?.provider });
  return (
    <section className={`${panel.card} ${styles.root}`} aria-labelledby="comparison-title">
      <h3 id="comparison-title">{texts.title}</h3>
      <table>
        <thead>
          <tr>
            <td />
            <Side name={backendNames.server} isNow={activeBackend === 'server'} />
            <Side name={backendNames.device} isNow={activeBackend === 'device'} />
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, name, server, device: here, better }) => (
            <tr key={id} data-row={id}>
              <th scope="row">{name}</th>
              <Cell figure={server} backend="server" better={better} />
              <Cell figure={here} backend="device" better={better} />
            </tr>
          ))}
          <tr data-row="battery">
            <th scope="row">{texts.battery}</th>
            <td colSpan={2} data-unknown={battery === undefined || undefined}>
              {battery ? texts.batteryValue(battery.level, battery.charging) : texts.batteryUnknown}
            </td>
          </tr>
        </tbody>
      </table>
      {device && comparison.device.answerMs === undefined && (
        <Measure device={device} onMeasure={onMeasure} />
      )}
    </section>
  );
}

function Side({ name, isNow }: { name: string; isNow: boolean }) {
  const { comparison } = useWords();
  return (
    <th scope="col" data-now={isNow || undefined}>
      {name}
      {isNow && <small>{comparison.inUse}</small>}
    </th>
  );
}

function Cell({
  figure,
  backend,
  better,
}: {
  figure: Figure | undefined;
  backend: Backend;
  better?: Backend | undefined;
}) {
  const { comparison } = useWords();
  if (figure === undefined) return <td data-unknown>{comparison.notMeasured}</td>;
  return (
    <td data-better={better === backend || undefined}>
      <b>{figure.text}</b>
      {better === backend && <span className={hidden.srOnly}> {comparison.better}</span>}
      {figure.more && <small>{figure.more}</small>}
    </td>
  );
}

/** A device that ran no model yet can be tried. */
function Measure({ device, onMeasure }: { device: DeviceModelState; onMeasure(): void }) {
  const words = useWords();
  const { comparison } = words;
  const { phase } = device;
  if (phase.kind === 'unproven') return null;
  const isPending = phase.kind === 'downloading' || phase.kind === 'starting';
  return (
    <div className={styles.measure}>
      <p>
        {comparison.notMeasuredText} {phase.kind === 'absent' && comparison.downloadFirst}
      </p>
      <PanelButton disabled={isPending} onClick={onMeasure}>
        {isPending ? `${phaseName(words, phase)} …` : comparison.measure}
      </PanelButton>
    </div>
  );
}
