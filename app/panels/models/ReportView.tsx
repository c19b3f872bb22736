'use client';
import { type ReactNode, useId } from 'react';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { givesLabels } from '../../../vision/tasks/taskOf.ts';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { English } from '../../ui/words/English.tsx';
import { Rich } from '../../ui/words/Rich.tsx';
import { taskText } from '../../ui/words/taskText.ts';
import { useWords } from '../../ui/words/useWords.ts';
import { Differences } from './Differences.tsx';
import { textOf } from './decisionFields.ts';
import { FieldControl } from './FieldControl.tsx';
import { FieldsNamed } from './FieldsNamed.tsx';
import { LabelNames } from './LabelNames.tsx';
import { OverridesProblem } from './OverridesProblem.tsx';
import styles from './Report.module.css';
import { type DecisionControl, openDecisions, ReportDecisions } from './ReportDecisions.tsx';
import { ReportDetails } from './ReportDetails.tsx';
import { ReportEvidence } from './ReportEvidence.tsx';
import { ReportFrame } from './ReportFrame.tsx';
import { ReportSamples } from './ReportSamples.tsx';
import { useOverrides } from './useOverrides.ts';
import { verdictOf } from './verdict.ts';

export interface ReportViewProps {
  report: ImportReport;
  /** What a person gave so far. */
  options: ImportOptions;
  isAsking: boolean;
  /** Why the last request came to nothing. */
  problem: ReactNode;
  onAdd(more: ImportOptions): void;
  /** @param as the id, where the report asks for it */
  onAccept(as?: string): void;
  onDiscard(): void;
}

/** A dry run: whether the model seems right, by its answers for pictures; what nothing says of it; all else behind one press. */
export function ReportView(props: ReportViewProps) {
  const { report, options, isAsking, onAdd } = props;
  const words = useWords();
  const { counts, report: texts, seen, warnings } = words;
  const overrides = useOverrides();
  const openId = useId();
  const control: DecisionControl = {
    options,
    render: (field, decided) => (
      <FieldControl
        field={field}
        text={overrides.textOf(field) ?? textOf(field, options, decided)}
        isChanged={overrides.textOf(field) !== undefined}
        {...(field === 'output' && { choices: report.outputs.map(({ name }) => name) })}
        onChange={(text) => overrides.change(field, text)}
      />
    ),
  };
  const open = openDecisions(report);
  const below = open.length > 0 ? texts.assumedTitle : texts.settings;
  // Names that no one gave, or too few of them, are the next thing that a person has to give.
  const needsNames = report.warnings.some(({ code }) => isAboutNames(code));
  const names = givesLabels(report.task) && (
    <LabelNames
      overrides={overrides}
      outputs={report.labelCount}
      known={options.labels ?? (needsNames ? undefined : allLabels(report))}
    />
  );
  return (
    <ReportFrame
      label={texts.title(report.name)}
      testId="report"
      title={report.name}
      about={
        <>
          {taskText(words, report.task).name}
          {report.labelCount > 0 &&
            ` · ${counts.labels(report.labelCount)}: ${report.firstLabels.map(seen.label).join(seen.separator)}`}
          {report.labelCount > report.firstLabels.length && ' …'}
        </>
      }
      verdict={verdictOf(words, report)}
    >
      {report.samples.length > 0 && <ReportSamples samples={report.samples} task={report.task} />}

      {report.warnings.map(({ code, message, sentence, details, suggestion }) => (
        // Several may have one code: a label file and a field of config.json that were passed over.
        <div key={`${code} ${message}`} className={styles.warning} role="alert" data-code={code}>
          <p>
            <English text={message} sentence={sentence} meaning={warnings.meaning(code)} />
          </p>
          {details && <Differences lines={details} />}
          {!isAboutNames(code) && <FieldsNamed text={message} below={below} />}
          {suggestion && (
            <PanelButton disabled={isAsking} onClick={() => onAdd(suggestion)}>
              {texts.useThis}
            </PanelButton>
          )}
        </div>
      ))}
      {needsNames && names}
      {report.dropped && (
        <div className={styles.dropped} data-testid="dropped">
          <p>{texts.reads(report.outputs.length - report.dropped.length, report.outputs.length)}</p>
          <dl>
            {report.dropped.map(({ name, why, sentence }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <English text={why.replace('; read with --output', '')} sentence={sentence} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      )}
      <ReportEvidence evidence={report.evidence} isCounted={report.warnings.length === 0} />
      {open.length > 0 ? (
        <section className={styles.open} aria-labelledby={openId} data-testid="assumed">
          <h4 id={openId}>{texts.assumedTitle}</h4>
          <p>{texts.assumedText}</p>
          <ReportDecisions decisions={open} control={control} />
        </section>
      ) : (
        <p className={styles.evidence} data-testid="all-known">
          {texts.allKnown}
        </p>
      )}
      <ReportDetails report={report} control={control} names={!needsNames && names} />

      {report.conflict && (
        <div className={styles.warning} role="alert" data-code="conflict">
          <p>
            <Rich text={texts.conflict(report.id, report.conflict.source, report.conflict.free.id)} />
          </p>
        </div>
      )}
      {props.problem}
      <OverridesProblem problem={overrides.problem} />
      <div className={styles.foot}>
        <PanelButton disabled={isAsking} onClick={props.onDiscard}>
          {texts.discard}
        </PanelButton>
        {overrides.count > 0 ? (
          <PanelButton
            isMain
            disabled={isAsking}
            onClick={() => {
              const more = overrides.finish();
              if (more) onAdd(more);
            }}
          >
            {texts.checkAgainWith(overrides.count)}
          </PanelButton>
        ) : (
          <>
            {report.conflict && (
              <PanelButton disabled={isAsking} onClick={() => props.onAccept(report.id)}>
                {texts.replace(report.id)}
              </PanelButton>
            )}
            <PanelButton isMain disabled={isAsking} onClick={() => props.onAccept(report.conflict?.free.id)}>
              {report.conflict ? texts.addAs(report.conflict.free.id) : texts.makeLive}
            </PanelButton>
          </>
        )}
      </div>
    </ReportFrame>
  );
}

const isAboutNames = (code: ImportReport['warnings'][number]['code']) =>
  code === 'no_labels' || code === 'label_count';

/** Undefined where the report has only the first of them. */
const allLabels = ({ firstLabels, labelCount }: ImportReport) =>
  firstLabels.length === labelCount ? firstLabels : undefined;
