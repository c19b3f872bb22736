'use client';
import { DROP_REASONS } from '../../protocol/messages.ts';
import { type ModelStatus, type ServerStatus, STAGES } from '../../protocol/status.ts';
import { acceleratorText } from '../ui/acceleratorText.ts';
import { precisionText } from '../ui/precisionText.ts';
import { shortVersion } from '../ui/values.ts';
import { useWords } from '../ui/words/useWords.ts';
import { Plot } from './Plot.tsx';
import styles from './Status.module.css';
import { orNone, type Series } from './series.ts';
import { recentMean } from './statusState.ts';

const DROP_TONES = {
  superseded: 'a',
  stale: 'b',
  undecodable: 'c',
  too_costly: 'd',
  worker_lost: 'e',
  rate_limited: 'f',
} as const satisfies Record<(typeof DROP_REASONS)[number], Series['tone']>;

const MODEL_TONES = {
  live: 'good',
  trial: 'good',
  loading: 'idle',
  unloaded: 'idle',
  broken: 'bad',
} as const satisfies Record<ModelStatus['state'], string>;

export function Dashboard({ status }: { status: ServerStatus }) {
  const allWords = useWords();
  const { status: words, format, modelStates } = allWords;
  const { history, workers, models } = status;
  const count = (value: number) => format.number(value, value < 10 && !Number.isInteger(value) ? 1 : 0);
  const serving = workers.filter(({ state }) => state === 'serving').length;
  const memory = workers.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, status.serverMemoryBytes);
  const drops = DROP_REASONS.flatMap((reason): Series[] => {
    const values = history.drops[reason];
    return values ? [{ name: words.drops[reason], tone: DROP_TONES[reason], values }] : [];
  });
  const droppedNow = drops.reduce((sum, { values }) => sum + (recentMean(values) ?? 0), 0);
  const figures = [
    {
      id: 'sessions',
      name: words.sessions,
      value: count(status.sessions),
      more: words.ofSessions(status.maxSessions),
    },
    {
      id: 'labelled',
      name: words.labelled,
      value: count(recentMean(history.labelled) ?? 0),
      more: words.eachSecond,
    },
    {
      id: 'age',
      name: words.age,
      value: orNone(recentMean(history.ages.server.p95), format.ms),
      more: words.p95,
    },
    { id: 'dropped', name: words.dropped, value: count(droppedNow), more: words.eachSecond },
    {
      id: 'workers',
      name: words.workers,
      value: count(serving),
      more: words.ofWorkers(workers.length, status.restarts),
    },
    { id: 'memory', name: words.memory, value: format.bytes(memory), more: words.memoryOf },
  ];
  return (
    <>
      <dl className={styles.figures}>
        {figures.map(({ id, name, value, more }) => (
          <div key={id} data-figure={id}>
            <dt>{name}</dt>
            <dd>
              <b>{value}</b> <span>{more}</span>
            </dd>
          </div>
        ))}
      </dl>

      <div className={styles.plots}>
        <Plot
          title={words.labelledTitle}
          series={[{ name: words.labelled, tone: 'a', values: history.labelled }]}
          format={count}
          isNamed={false}
        />
        <Plot
          title={words.sessions}
          series={[{ name: words.sessions, tone: 'b', values: history.sessions }]}
          format={count}
          isNamed={false}
        />
        <Plot
          title={words.droppedTitle}
          series={
            drops.length > 0
              ? drops
              : [{ name: words.dropped, tone: 'a', values: history.labelled.map(() => 0) }]
          }
          format={count}
        />
        <Plot
          title={words.memory}
          series={[{ name: words.memory, tone: 'c', values: history.memoryBytes }]}
          format={format.bytes}
          isNamed={false}
        />
      </div>

      <section>
        <h2>{words.agesTitle}</h2>
        <p className={styles.lead}>{words.agesText}</p>
        <div className={styles.plots}>
          {STAGES.toReversed().map((stage) => (
            <Plot
              key={stage}
              title={words.stages[stage]}
              series={[
                { name: 'p50', tone: 'a', values: history.ages[stage].p50 },
                { name: 'p95', tone: 'b', values: history.ages[stage].p95 },
              ]}
              format={format.ms}
            />
          ))}
        </div>
      </section>

      <div className={styles.lists}>
        <section>
          <h2>{words.workers}</h2>
          <ul className={styles.list}>
            {workers.map(({ state, memoryBytes, host }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: workers have no other name
              <li key={index} data-tone={state === 'serving' ? 'good' : 'warn'}>
                <i aria-hidden="true" />
                <b>{host ?? words.workerName(index + 1)}</b>
                <span>{words.workerStates[state]}</span>
                <span>{orNone(memoryBytes, format.bytes)}</span>
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h2>{words.models}</h2>
          <ul className={styles.list}>
            {models.map(({ id, name, version, state, precision, providers }) => (
              <li key={id} data-tone={MODEL_TONES[state]}>
                <i aria-hidden="true" />
                <b>{name}</b>
                <span>{modelStates[state]}</span>
                <code>{shortVersion(version)}</code>
                {precision && <small>{precisionText(allWords, precision)}</small>}
                {providers?.map((each) => (
                  <small key={each.provider}>{acceleratorText(allWords, each)}</small>
                ))}
              </li>
            ))}
          </ul>
        </section>
      </div>
    </>
  );
}
