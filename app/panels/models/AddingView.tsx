'use client';
import { type ReactNode, useEffect, useRef } from 'react';
import type { ImportState } from '../../../protocol/models.ts';
import { givesLabels } from '../../../vision/tasks/taskOf.ts';
import type { Models } from '../../models/models.ts';
import type { Adding } from '../../models/modelsState.ts';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { quarterOf, Spoken } from '../../ui/Spoken.tsx';
import { English, type EnglishProps, englishText } from '../../ui/words/English.tsx';
import type { Words } from '../../ui/words/en.ts';
import { Rich } from '../../ui/words/Rich.tsx';
import { useSpeech, useWords } from '../../ui/words/useWords.ts';
import { AddDetails } from './AddDetails.tsx';
import styles from './AddingView.module.css';
import { Differences } from './Differences.tsx';
import { ImportChoice } from './ImportChoice.tsx';
import { ProblemText } from './ProblemText.tsx';
import { QuantizedView } from './QuantizedView.tsx';
import { ReportView } from './ReportView.tsx';
import { useLostFocus } from './useLostFocus.ts';

/** The model that is being added: how far it is, what was found, and the question whether to make it live. */
export function AddingView({
  models,
  adding,
}: {
  models: Models;
  adding: Exclude<Adding, { kind: 'none' }>;
}) {
  const words = useWords();
  const { common } = words;
  const texts = words.adding;
  const name = adding.name || words.addModel.aModel;
  const discard = () => models.discard();
  switch (adding.kind) {
    case 'sending': {
      const { sentBytes, totalBytes } = adding;
      return (
        <Step
          title={texts.title(name)}
          text={
            totalBytes === undefined
              ? texts.packing
              : sentBytes >= totalBytes
                ? texts.sent
                : texts.sentOf(sentBytes, totalBytes)
          }
          share={totalBytes === undefined || sentBytes >= totalBytes ? undefined : sentBytes / totalBytes}
          actions={<PanelButton onClick={discard}>{common.cancel}</PanelButton>}
        />
      );
    }
    case 'unsent':
      return (
        <Outcome
          icon="warning"
          title={texts.notAdded(name)}
          actions={<PanelButton onClick={discard}>{common.close}</PanelButton>}
          isAlert
        >
          {adding.problem === 'gone' ? texts.gone : <ProblemText problem={adding.problem} />}
        </Outcome>
      );
    case 'pending':
      return <Pending models={models} adding={adding} name={name} />;
    default:
      return adding satisfies never;
  }
}

type PendingAdding = Extract<Adding, { kind: 'pending' }>;

interface PendingProps {
  models: Models;
  adding: PendingAdding;
  name: string;
}

function Pending({ models, adding, name }: PendingProps) {
  const words = useWords();
  const { common } = words;
  const texts = words.adding;
  const { state, problem } = adding;
  const discard = () => models.discard();
  const { report, quantized } = state;
  const isInt8 = state.quantizes !== undefined;
  const problemText = problem && (
    <p role="alert" className={styles.problem}>
      <Icon name="warning" size={20} /> <ProblemText problem={problem} />
    </p>
  );
  switch (state.phase) {
    case 'receiving':
    case 'looking':
      return (
        <>
          <Step
            title={
              isInt8 ? words.int8.making(name) : report ? texts.checkingAgain(name) : texts.checking(name)
            }
            text={progressText(words, state)}
            share={receivedShare(state)}
            actions={<PanelButton onClick={discard}>{common.cancel}</PanelButton>}
          />
          {problemText}
        </>
      );
    case 'asking':
      if (quantized) {
        return (
          <QuantizedView
            report={quantized}
            isAsking={adding.isAsking}
            problem={problemText}
            onAccept={() => void models.accept()}
            onDiscard={discard}
          />
        );
      }
      return report === undefined ? (
        <Step title={texts.checking(name)} text={texts.fetchingReport} share={undefined} actions={null} />
      ) : (
        <ReportView
          // The controls show what was decided: a new report is a new form.
          key={`${report.version} ${JSON.stringify(adding.options)} ${report.conflict?.free.id}`}
          report={report}
          options={adding.options}
          isAsking={adding.isAsking}
          problem={problemText}
          onAdd={(more) => void models.addDetails(more)}
          onAccept={(as) => void models.accept(as)}
          onDiscard={discard}
        />
      );
    case 'trial':
      return (
        <>
          <Step
            title={texts.trying(report?.name ?? name)}
            text={
              state.message === undefined
                ? texts.trial
                : { text: state.message, sentence: state.sentence, meaning: texts.trial }
            }
            share={undefined}
            actions={null}
          />
          {problemText}
        </>
      );
    case 'live':
      return (
        <Outcome
          icon="check"
          title={texts.live(report?.name ?? name)}
          actions={
            <PanelButton isMain onClick={discard}>
              {texts.done}
            </PanelButton>
          }
        >
          <Rich
            text={
              isInt8
                ? words.int8.gone
                : report && !givesLabels(report.task)
                  ? texts.liveEmbedding(report.id)
                  : texts.liveLabels(report?.id ?? '')
            }
          />
        </Outcome>
      );
    case 'refused':
      return (
        <Outcome
          icon="warning"
          title={texts.refused(report?.name ?? name)}
          actions={<PanelButton onClick={discard}>{common.close}</PanelButton>}
          details={state.error?.details}
          isAlert
        >
          <ErrorText state={state} /> {texts.nothingChanged}
        </Outcome>
      );
    case 'failed': {
      const question = state.error?.question;
      const text = errorOf(state)?.text ?? '';
      return (
        <>
          <Outcome
            icon="warning"
            title={
              isInt8
                ? words.int8.cannot(name)
                : state.wordsOf !== undefined
                  ? texts.sameWords(name)
                  : question
                    ? texts.needsAnswer(name)
                    : texts.cannot(name)
            }
            actions={<PanelButton onClick={discard}>{common.close}</PanelButton>}
            details={state.error?.details}
            isAlert
          >
            <ErrorText state={state} />
          </Outcome>
          {problemText}
          {question && (
            <ImportChoice
              // Another question is another form.
              key={`${question.field} ${question.text}`}
              question={question}
              isAsking={adding.isAsking}
              onAdd={(more) => void models.addDetails(more)}
            />
          )}
          {!isInt8 && state.wordsOf === undefined && (
            <AddDetails
              text={text}
              options={adding.options}
              isAsking={adding.isAsking}
              onAdd={(more) => void models.addDetails(more)}
            />
          )}
        </>
      );
    }
    default:
      return state.phase satisfies never;
  }
}

/** What the server says of an import that ended badly; undefined where it says nothing. */
function errorOf({ error, message, sentence }: ImportState): EnglishProps | undefined {
  if (error?.question) return error.question;
  if (error) return { text: error.message, sentence: error.sentence };
  return message === undefined ? undefined : { text: message, sentence };
}

function ErrorText({ state }: { state: ImportState }) {
  const { adding } = useWords();
  const error = errorOf(state);
  if (error === undefined) return adding.noReason;
  return <English text={error.text} sentence={error.sentence} meaning={adding.problem} />;
}

function progressText(
  { adding, int8 }: Words,
  { phase, quantizes, message, sentence, received }: ImportState,
): string | EnglishProps {
  const general = quantizes ? int8.inspecting : phase === 'receiving' ? adding.fetching : adding.inspecting;
  if (message !== undefined) return { text: message, sentence, meaning: general };
  if (phase !== 'receiving' || received === undefined) return general;
  return received.of === undefined
    ? adding.received(received.bytes)
    : adding.receivedOf(received.bytes, received.of);
}

function receivedShare({ phase, received }: ImportState): number | undefined {
  if (phase !== 'receiving' || received?.of === undefined) return undefined;
  return Math.min(1, received.bytes / Math.max(1, received.of));
}

interface StepProps {
  title: string;
  text: string | EnglishProps;
  /** How much is done, 0..1; undefined where that is not known. */
  share: number | undefined;
  actions: ReactNode;
}

function Step({ title, text, share, actions }: StepProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLostFocus(heading);
  const speech = useSpeech();
  const english = typeof text === 'string' ? undefined : text;
  const plain = typeof text === 'string' ? text : englishText(speech, text);
  const { done, of } = english?.sentence?.values ?? {};
  const part = typeof done === 'number' && typeof of === 'number' ? done / of : share;
  return (
    <>
      <section className={styles.step} aria-busy="true">
        <h3 ref={heading} tabIndex={-1}>
          {title}
        </h3>
        <ProgressBar name={title} share={share} />
        <div>
          <p>{english ? <English {...english} /> : plain}</p>
          {actions}
        </div>
      </section>
      {/* Not in what is busy, of which a screen reader may tell nothing before it ends. */}
      <Spoken
        text={plain}
        step={`${title} ${part === undefined ? '' : english?.sentence?.code} ${quarterOf(part)}`}
      />
    </>
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
        {details && <Differences lines={details} />}
      </div>
      <div className={styles.actions}>{actions}</div>
    </section>
  );
}
