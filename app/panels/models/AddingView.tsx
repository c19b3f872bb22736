'use client';
import { type ReactNode, useEffect, useRef } from 'react';
import type { ImportState } from '../../../protocol/models.ts';
import type { Models } from '../../models/models.ts';
import type { Adding } from '../../models/modelsState.ts';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { bytesInWords } from '../../ui/values.ts';
import styles from './AddingView.module.css';
import { Behind } from './Behind.tsx';
import { ImportChoice } from './ImportChoice.tsx';
import { ReportView } from './ReportView.tsx';
import { SayMore } from './SayMore.tsx';
import { useLostFocus } from './useLostFocus.ts';

/** The model that is being added: how far it is, what was found, and the question whether to make it live. */
export function AddingView({
  models,
  adding,
}: {
  models: Models;
  adding: Exclude<Adding, { kind: 'none' }>;
}) {
  const discard = () => models.discard();
  switch (adding.kind) {
    case 'sending': {
      const { sentBytes, totalBytes } = adding;
      return (
        <Step
          title={`Adding ${adding.name}`}
          text={
            totalBytes === undefined
              ? 'Packing it …'
              : sentBytes >= totalBytes
                ? 'Sent; the server is receiving it …'
                : `${bytesInWords(sentBytes)} of ${bytesInWords(totalBytes)} sent`
          }
          share={totalBytes === undefined || sentBytes >= totalBytes ? undefined : sentBytes / totalBytes}
          actions={<PanelButton onClick={discard}>Cancel</PanelButton>}
        />
      );
    }
    case 'unsent':
      return (
        <Outcome
          icon="warning"
          title={`${adding.name} was not added`}
          actions={<PanelButton onClick={discard}>Close</PanelButton>}
          isAlert
        >
          {adding.message}
        </Outcome>
      );
    case 'underway':
      return <Underway models={models} adding={adding} />;
    default:
      return adding satisfies never;
  }
}

type UnderwayAdding = Extract<Adding, { kind: 'underway' }>;

function Underway({ models, adding }: { models: Models; adding: UnderwayAdding }) {
  const { state, name, problem } = adding;
  const discard = () => models.discard();
  const { report } = state;
  const trouble = problem && (
    <p role="alert" className={styles.trouble}>
      <Icon name="warning" size={20} /> {problem}
    </p>
  );
  switch (state.phase) {
    case 'receiving':
    case 'looking':
      return (
        <>
          <Step
            title={report ? `Checking ${name} again` : `Checking ${name}`}
            text={progressText(state)}
            share={receivedShare(state)}
            actions={<PanelButton onClick={discard}>Cancel</PanelButton>}
          />
          {trouble}
        </>
      );
    case 'asking':
      return report === undefined ? (
        <Step title={`Checking ${name}`} text="Fetching the report …" share={undefined} actions={null} />
      ) : (
        <ReportView
          // The controls show what was decided: a new report is a new form.
          key={`${report.version} ${JSON.stringify(adding.options)} ${report.conflict?.free.id}`}
          report={report}
          options={adding.options}
          isAsking={adding.isAsking}
          problem={trouble}
          onSay={(more) => void models.say(more)}
          onAccept={(as) => void models.accept(as)}
          onDiscard={discard}
        />
      );
    case 'trial':
      return (
        <>
          <Step
            title={`Trying ${report?.name ?? name}`}
            text={
              state.message ??
              'It is checked again, and runs on some of the live frames before it replaces the version in use …'
            }
            share={undefined}
            actions={null}
          />
          {trouble}
        </>
      );
    case 'live':
      return (
        <Outcome
          icon="check"
          title={`${report?.name ?? name} is live`}
          actions={
            <PanelButton isMain onClick={discard}>
              Done
            </PanelButton>
          }
        >
          {report?.task === 'image-embedding' ? (
            <>
              It answers <code>POST /v1/predict?model={report.id}</code>.
            </>
          ) : (
            <>
              It can be chosen below the picture, and answers <code>POST /v1/predict?model={report?.id}</code>
              .
            </>
          )}
        </Outcome>
      );
    case 'refused':
      return (
        <Outcome
          icon="warning"
          title={`${report?.name ?? name} did not pass its trial`}
          actions={<PanelButton onClick={discard}>Close</PanelButton>}
          details={state.error?.details}
          isAlert
        >
          {state.error?.message ?? state.message ?? 'The server did not say why; its log does.'} Nothing else
          was changed.
        </Outcome>
      );
    case 'failed': {
      const question = state.error?.question;
      const text =
        question?.text ??
        state.error?.message ??
        state.message ??
        'The server did not say why; its log does.';
      return (
        <>
          <Outcome
            icon="warning"
            title={question ? `${name} needs an answer` : `${name} cannot be added as it is`}
            actions={<PanelButton onClick={discard}>Close</PanelButton>}
            details={state.error?.details}
            isAlert
          >
            {text}
          </Outcome>
          {trouble}
          {question && (
            <ImportChoice
              // Another question is another form.
              key={`${question.field} ${question.text}`}
              question={question}
              isAsking={adding.isAsking}
              onSay={(more) => void models.say(more)}
            />
          )}
          <SayMore
            text={text}
            options={adding.options}
            isAsking={adding.isAsking}
            onSay={(more) => void models.say(more)}
          />
        </>
      );
    }
    default:
      return state.phase satisfies never;
  }
}

function progressText({ phase, message, received }: ImportState): string {
  if (message !== undefined) return message;
  if (phase === 'receiving' && received !== undefined) {
    const of = received.of === undefined ? '' : ` of ${bytesInWords(received.of)}`;
    return `${bytesInWords(received.bytes)}${of} received`;
  }
  return phase === 'receiving'
    ? 'The server is fetching it …'
    : 'Inspecting it, running it on sample pictures and measuring it …';
}

function receivedShare({ phase, received }: ImportState): number | undefined {
  if (phase !== 'receiving' || received?.of === undefined) return undefined;
  return Math.min(1, received.bytes / Math.max(1, received.of));
}

interface StepProps {
  title: string;
  text: string;
  /** How much is done, 0..1; undefined where that is not known. */
  share: number | undefined;
  actions: ReactNode;
}

function Step({ title, text, share, actions }: StepProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLostFocus(heading);
  return (
    <section className={styles.step} aria-busy="true">
      <h3 ref={heading} tabIndex={-1}>
        {title}
      </h3>
      <ProgressBar name={title} share={share} />
      <div>
        <p role="status">{text}</p>
        {actions}
      </div>
    </section>
  );
}

interface OutcomeProps {
  icon: IconName;
  title: string;
  children: ReactNode;
  /** What is behind the text, a line each. */
  details?: readonly string[] | undefined;
  actions: ReactNode;
  isAlert?: boolean;
}

function Outcome({ icon, title, children, details, actions, isAlert }: OutcomeProps) {
  const root = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    root.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  useLostFocus(heading);
  return (
    <section
      ref={root}
      className={styles.outcome}
      role={isAlert ? 'alert' : 'status'}
      data-bad={isAlert || undefined}
    >
      <Icon name={icon} size={28} />
      <div>
        <h3 ref={heading} tabIndex={-1}>
          {title}
        </h3>
        <p>{children}</p>
        {details && <Behind lines={details} />}
      </div>
      <div className={styles.actions}>{actions}</div>
    </section>
  );
}
