'use client';
import { useEffect, useRef, useState } from 'react';
import { isAbort } from '../../../protocol/errors.ts';
import type { CollectionEmbedders, EmbedderInfo } from '../../../protocol/things.ts';
import { THINGS_MODEL } from '../../../protocol/things.ts';
import { repeat } from '../../browser/repeat.ts';
import { type Problem, problemOf } from '../../models/problem.ts';
import type { ServerThings } from '../../things/collectionOnServer.ts';
import { wasCancelled } from '../../things/wasCancelled.ts';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { quarterOf, Spoken } from '../../ui/Spoken.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './Embedder.module.css';
import { ThingsProblem } from './ThingsProblem.tsx';

export interface EmbedderProps {
  collection: string;
  embedders: ServerThings['embedders'];
  mayChange: boolean;
  /** What was taught: another comparison may be due when it changes. */
  content: unknown;
}

/** How often the server is asked how far it is, ms. */
const ASK_MS = 700;

/** Which model compares the pictures of a collection, which is better, and another one. Nothing where there is no choice. */
export function Embedder({ collection, embedders, mayChange, content }: EmbedderProps) {
  const words = useWords();
  const texts = words.things.embedder;
  const [status, setStatus] = useState<CollectionEmbedders>();
  const [problem, setProblem] = useState<Problem>();
  const [isCancelled, setCancelled] = useState(false);
  const isCancelling = useRef(false);
  const isBusy = status?.moving !== undefined || status?.comparing !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was taught is none of what is asked, but changes the answer
  useEffect(() => {
    let isOver = false;
    const ask = () =>
      embedders.embedders(collection).then(
        (now) => {
          if (!isOver) setStatus(now);
        },
        // A server that is older has none; one that is away is told of elsewhere.
        () => {},
      );
    if (!isBusy) void ask();
    const end = isBusy ? repeat(ask, ASK_MS) : undefined;
    return () => {
      isOver = true;
      end?.();
    };
  }, [collection, embedders, content, isBusy]);

  const progress = useRef<HTMLParagraphElement>(null);
  const actions = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The button that was pressed is gone until it is done, and the focus with it.
    const { activeElement, body } = document;
    if (isBusy && activeElement === body) progress.current?.focus({ preventScroll: true });
    const hadFocus = activeElement === progress.current || (isCancelling.current && activeElement === body);
    if (isBusy) return;
    if (hadFocus) actions.current?.querySelector('button')?.focus({ preventScroll: true });
    isCancelling.current = false;
  }, [isBusy]);

  // What has ended since is said with what came of it.
  const [last, setLast] = useState<'moving' | 'comparing'>();
  const now = status?.moving ? 'moving' : status?.comparing ? 'comparing' : last;
  if (now !== last) setLast(now);

  if (status === undefined) return null;
  const { inUse, embedders: all, samples, comparing, moving } = status;
  const used = all.find(({ model }) => model === inUse);
  if (used === undefined || (all.length < 2 && used.serves)) return null;
  const nameOf = (id: string) => all.find(({ model }) => model === id)?.name ?? id;
  const percent = words.format.percent;
  const doIt = (work: Promise<CollectionEmbedders>, cancels = false) => {
    setProblem(undefined);
    setCancelled(false);
    isCancelling.current = cancels;
    work.then(
      (now) => {
        setStatus(now);
        setCancelled(cancels && wasCancelled(status, now));
      },
      (error: unknown) => isAbort(error) || setProblem(problemOf(error)),
    );
  };
  const line = ({ name, recognised = 0, verdict }: EmbedderInfo) => {
    const share = percent(recognised);
    if (verdict === undefined) return texts.recognised(name, share);
    if (verdict === 'better') return texts.better(name, share, percent(recognised - (used.recognised ?? 0)));
    return texts[verdict](name, share);
  };
  const going = moving ?? comparing;
  const progressText = moving
    ? texts.moving(nameOf(moving.model), moving.done, moving.total)
    : comparing
      ? texts.comparing(comparing.done, comparing.total)
      : isCancelled
        ? texts.cancelled
        : '';
  const told: Problem | undefined =
    problem ??
    (status.problem === undefined
      ? undefined
      : {
          code: status.problemCode ?? 'conflict',
          text: status.problem,
          sentence: status.problemSentence,
        });
  const lines = all.filter(({ recognised }) => recognised !== undefined);
  const ended = last === 'moving' ? texts.inUse(used.name) : last && lines.map(line).join(' ');
  return (
    <section className={styles.root} data-testid="embedder">
      <h3>{texts.title}</h3>
      <p>{used.serves ? texts.inUse(used.name) : texts.gone(used.name)}</p>
      {inUse !== THINGS_MODEL && used.serves && <p>{texts.onServer}</p>}
      {samples !== undefined && (
        <>
          <ul>
            {lines.map((one) => (
              <li key={one.model}>{line(one)}</li>
            ))}
          </ul>
          <p>{texts.samples(samples)}</p>
        </>
      )}
      <p ref={progress} tabIndex={-1}>
        {progressText}
      </p>
      <Spoken
        text={progressText || (told || !ended ? '' : ended)}
        step={`${now} ${going ? quarterOf(going.done / going.total) : 'ended'}`}
      />
      {mayChange && comparing && (
        <div>
          <PanelButton onClick={() => doIt(embedders.cancelComparison(collection), true)}>
            {texts.cancel}
          </PanelButton>
        </div>
      )}
      {told && <ThingsProblem problem={told} isOfPress={problem !== undefined} />}
      {mayChange && !isBusy && (
        <div ref={actions}>
          <PanelButton onClick={() => doIt(embedders.compareEmbedders(collection))}>
            {texts.compare}
          </PanelButton>
          {all
            .filter(({ model, serves }) => model !== inUse && serves)
            .map(({ model, name }) => (
              <PanelButton key={model} onClick={() => doIt(embedders.chooseEmbedder(collection, model))}>
                {texts.use(name)}
              </PanelButton>
            ))}
        </div>
      )}
    </section>
  );
}
