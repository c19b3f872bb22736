'use client';
import { type ReactNode, useEffect, useRef } from 'react';
import type { ImportOptions, ImportReport } from '../../protocol/models.ts';
import { Icon } from '../controls/Icon.tsx';
import { FIELDS, type Field, isField, textOf } from './decisionFields.ts';
import { FieldControl } from './FieldControl.tsx';
import { LabelsFile } from './LabelsFile.tsx';
import { PanelButton } from './PanelButton.tsx';
import styles from './Report.module.css';
import { Share } from './Share.tsx';
import { useSayings } from './useSayings.ts';
import { agreement, bytesInWords, countInWords, inNumber, msInWords, taskName } from './words.ts';

export interface ReportViewProps {
  report: ImportReport;
  /** What a person said so far. */
  options: ImportOptions;
  isAsking: boolean;
  /** Why the last request came to nothing. */
  problem: ReactNode;
  onSay(more: ImportOptions): void;
  onAccept(): void;
  onDiscard(): void;
}

/** A dry run: what was found, decided and measured, to be read and mended before the yes. */
export function ReportView(props: ReportViewProps) {
  const { report, options, isAsking, onSay } = props;
  const sayings = useSayings();
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    root.current?.scrollIntoView({ block: 'start' });
  }, []);
  const control = (field: Field, decided: string) => (
    <FieldControl
      field={field}
      text={sayings.textOf(field) ?? textOf(field, options, decided)}
      isChanged={sayings.textOf(field) !== undefined}
      onChange={(text) => sayings.change(field, text)}
    />
  );
  // These have a place of their own.
  const decisions = report.decisions.filter(({ field }) => !['name', 'id', 'labels'].includes(field));
  const aboutLabels = report.decisions.find(({ field }) => field === 'labels');
  return (
    <section ref={root} className={styles.root} aria-label={`Report on ${report.name}`} data-testid="report">
      <header className={styles.head}>
        <p className={styles.eyebrow}>Looked at, not live yet</p>
        <h3>{report.name}</h3>
        <p>
          {taskName(report.task)} · {inNumber(report.labelCount, 'label')} · {bytesInWords(report.graphBytes)}{' '}
          · {countInWords(report.parameters)} parameters
        </p>
      </header>

      {report.warnings.map(({ code, message, suggestion }) => (
        <div key={code} className={styles.warning} role="alert" data-code={code}>
          <Icon name="warning" />
          <p>{message}</p>
          {suggestion && (
            <PanelButton disabled={isAsking} onClick={() => onSay(suggestion)}>
              Use this
            </PanelButton>
          )}
        </div>
      ))}

      {report.samples.length > 0 && (
        <div className={styles.section}>
          <h4>What it says of sample pictures</h4>
          <ul className={styles.samples}>
            {report.samples.map((sample) => (
              <li key={sample.name}>
                <b>{sample.name}</b>
                {sample.labels.length === 0 && <p>{nothingSaid(report)}</p>}
                <ol>
                  {sample.labels.slice(0, 3).map(({ label, score }, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: two things of one picture may have one name
                    <li key={index} className={styles.score}>
                      <span>{label}</span>
                      <span>{Math.round(score * 100)}%</span>
                      <Share of={score} />
                    </li>
                  ))}
                </ol>
              </li>
            ))}
          </ul>
        </div>
      )}

      <dl className={styles.cost}>
        <div>
          <dt>a picture, one core</dt>
          <dd>{msInWords(report.cost.inferMs)}</dd>
        </div>
        <div>
          <dt>in memory</dt>
          <dd>{bytesInWords(report.cost.memoryBytes)}</dd>
        </div>
        <div>
          <dt>to load</dt>
          <dd>{msInWords(report.cost.loadMs)}</dd>
        </div>
      </dl>
      <p className={styles.trust}>{agreement(report.goldens)}</p>

      {report.task !== 'image-embedding' && (
        <div className={styles.labels}>
          <p>
            <b>{inNumber(sayings.labels?.length ?? report.labelCount, 'label')}</b>{' '}
            {[...(sayings.labels?.slice(0, 6) ?? report.firstLabels)].join(', ')}
            {(sayings.labels?.length ?? report.labelCount) > 6 && ' …'}
            {aboutLabels && sayings.labels === undefined && (
              <small>
                {aboutLabels.how}: {aboutLabels.why}
              </small>
            )}
          </p>
          <LabelsFile onFile={(file) => void sayings.readLabelsFile(file)} />
        </div>
      )}

      <div className={styles.section}>
        <h4>What was decided</h4>
        <ul className={styles.decisions}>
          <li>
            <span className={styles.field}>Name</span>
            {control('name', report.name)}
          </li>
          <li>
            <span className={styles.field}>Id</span>
            {control('id', report.id)}
            <p>Its folder, and its name in requests. One that is there already gets a new version.</p>
          </li>
          {decisions.map(({ field, value, how, why }) => (
            <li key={field} data-how={how}>
              <span className={styles.field}>
                {isField(field) ? FIELDS[field].name : field}
                <em>{how}</em>
              </span>
              {isField(field) ? control(field, value) : <span className={styles.value}>{value}</span>}
              <p>{isField(field) && textOf(field, options, value) === '' ? `${value}: ${why}` : why}</p>
            </li>
          ))}
        </ul>
      </div>

      <details className={styles.ports}>
        <summary>What came: {report.format}</summary>
        <p>From {report.source}.</p>
        <table>
          <tbody>
            {[...report.inputs.map(asRow('in')), ...report.outputs.map(asRow('out'))].map((row) => (
              <tr key={`${row.way} ${row.name}`}>
                <th scope="row">{row.way}</th>
                <td>{row.name}</td>
                <td>{row.dtype}</td>
                <td>{row.shape.join(' × ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p>
          {report.opset !== undefined && `Opset ${report.opset}. `}Licence: {report.license}. Version{' '}
          <code>{report.version}</code>
        </p>
      </details>

      {props.problem}
      {sayings.problem && (
        <p role="alert" className={styles.problem}>
          {sayings.problem}
        </p>
      )}
      <div className={styles.foot}>
        <PanelButton disabled={isAsking} onClick={props.onDiscard}>
          Discard
        </PanelButton>
        {sayings.count > 0 ? (
          <PanelButton
            isMain
            disabled={isAsking}
            onClick={() => {
              const more = sayings.finish();
              if (more) onSay(more);
            }}
          >
            Look again with {inNumber(sayings.count, 'change')}
          </PanelButton>
        ) : (
          <PanelButton isMain disabled={isAsking} onClick={props.onAccept}>
            Make it live
          </PanelButton>
        )}
      </div>
    </section>
  );
}

const nothingSaid = ({ task }: ImportReport) =>
  task === 'image-embedding' ? 'A vector; it has no labels.' : 'Nothing.';

const asRow =
  (way: 'in' | 'out') =>
  (port: ImportReport['inputs'][number]): ImportReport['inputs'][number] & { way: 'in' | 'out' } => ({
    way,
    ...port,
  });
