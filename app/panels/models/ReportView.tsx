'use client';
import { type ReactNode, useEffect, useRef } from 'react';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { Icon } from '../../ui/Icon.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { inNumber, taskName } from '../../ui/values.ts';
import { Behind } from './Behind.tsx';
import { type Field, textOf } from './decisionFields.ts';
import { FieldControl } from './FieldControl.tsx';
import { FieldsNamed } from './FieldsNamed.tsx';
import { LabelNames } from './LabelNames.tsx';
import styles from './Report.module.css';
import { detailsSummary, ReportDetails } from './ReportDetails.tsx';
import { ReportEvidence } from './ReportEvidence.tsx';
import { ReportSamples } from './ReportSamples.tsx';
import { useLostFocus } from './useLostFocus.ts';
import { useSayings } from './useSayings.ts';
import { verdictOf } from './verdict.ts';

export interface ReportViewProps {
  report: ImportReport;
  /** What a person said so far. */
  options: ImportOptions;
  isAsking: boolean;
  /** Why the last request came to nothing. */
  problem: ReactNode;
  onSay(more: ImportOptions): void;
  /** @param as the id, where the report asks for it */
  onAccept(as?: string): void;
  onDiscard(): void;
}

/** A dry run: whether the model seems right, by what it says of pictures; all else behind one press. */
export function ReportView(props: ReportViewProps) {
  const { report, options, isAsking, onSay } = props;
  const sayings = useSayings();
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    root.current?.scrollIntoView({ block: 'start' });
  }, []);
  useLostFocus(root);
  const control = (field: Field, decided: string) => (
    <FieldControl
      field={field}
      text={sayings.textOf(field) ?? textOf(field, options, decided)}
      isChanged={sayings.textOf(field) !== undefined}
      {...(field === 'output' && { choices: report.outputs.map(({ name }) => name) })}
      onChange={(text) => sayings.change(field, text)}
    />
  );
  const verdict = verdictOf(report);
  // Names that nobody gave, or too few of them, are the next thing that a person has to say.
  const needsNames = report.warnings.some(({ code }) => isAboutNames(code));
  const names = report.task !== 'image-embedding' && (
    <LabelNames
      sayings={sayings}
      outputs={report.labelCount}
      known={options.labels ?? (needsNames ? undefined : allLabels(report))}
    />
  );
  return (
    <section
      ref={root}
      tabIndex={-1}
      className={styles.root}
      aria-label={`Report on ${report.name}`}
      data-testid="report"
    >
      <header className={styles.head}>
        <p className={styles.eyebrow}>Checked, not live yet</p>
        <h3>{report.name}</h3>
        <p>
          {taskName(report.task)}
          {report.labelCount > 0 &&
            ` · ${inNumber(report.labelCount, 'label')}: ${report.firstLabels.join(', ')}`}
          {report.labelCount > report.firstLabels.length && ' …'}
        </p>
      </header>

      <p className={styles.verdict} data-testid="verdict" data-good={verdict.isGood || undefined}>
        <Icon name={verdict.isGood ? 'check' : 'warning'} />
        {verdict.text}
      </p>
      {report.samples.length > 0 && <ReportSamples samples={report.samples} task={report.task} />}

      {report.warnings.map(({ code, message, details, suggestion }) => (
        // Several may have one code: a label file and a field of config.json that were passed over.
        <div key={`${code} ${message}`} className={styles.warning} role="alert" data-code={code}>
          <p>{message}</p>
          {details && <Behind lines={details} />}
          {!isAboutNames(code) && <FieldsNamed text={message} below={detailsSummary(report)} />}
          {suggestion && (
            <PanelButton disabled={isAsking} onClick={() => onSay(suggestion)}>
              Use this
            </PanelButton>
          )}
        </div>
      ))}
      {needsNames && names}
      {report.dropped && (
        <div className={styles.dropped} data-testid="dropped">
          <p>
            Reads {inNumber(report.outputs.length - report.dropped.length, 'output')} of{' '}
            {report.outputs.length}. Not read:
          </p>
          <dl>
            {report.dropped.map(({ name, why }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{why.replace('; read with --output', '')}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
      <ReportEvidence evidence={report.evidence} isCounted={report.warnings.length === 0} />
      <ReportDetails report={report} options={options} control={control} names={!needsNames && names} />

      {report.conflict && (
        <div className={styles.warning} role="alert" data-code="conflict">
          <p>
            A model called <b>{report.id}</b> is there already, from {report.conflict.source}. Add this one as{' '}
            <b>{report.conflict.free.id}</b>, or replace it. Another id can be given under details.
          </p>
        </div>
      )}
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
            Check again with {inNumber(sayings.count, 'change')}
          </PanelButton>
        ) : (
          <>
            {report.conflict && (
              <PanelButton disabled={isAsking} onClick={() => props.onAccept(report.id)}>
                Replace {report.id}
              </PanelButton>
            )}
            <PanelButton isMain disabled={isAsking} onClick={() => props.onAccept(report.conflict?.free.id)}>
              {report.conflict ? `Add as ${report.conflict.free.id}` : 'Make it live'}
            </PanelButton>
          </>
        )}
      </div>
    </section>
  );
}

const isAboutNames = (code: ImportReport['warnings'][number]['code']) =>
  code === 'no_labels' || code === 'label_count';

/** Undefined where the report has only the first of them. */
const allLabels = ({ firstLabels, labelCount }: ImportReport) =>
  firstLabels.length === labelCount ? firstLabels : undefined;
