import type { Formats } from '../formats.ts';

/** The page that shows what the server does. */
export const status = (format: Formats) => ({
  status: {
    title: 'Server status',
    loading: 'Asking the server …',
    running: (ms: number) => `Running for ${span(format, ms)}`,
    unreachable: 'The server can’t be reached. Trying again …',
    refused: 'Not shown here',
    refusedTitle: 'This browser may not see the status yet',
    refusedText:
      'The status is for those who may change models. The live labels need no such right. There are two ways to get it:',
    refusedLink:
      'On the machine of the server run `npm run models -- link`, and open the link in this browser.',
    linkFailed: 'The link that opened this page was used before, or is too old. Get a new one.',
    refusedToken: 'Or, where the server has an operator’s token (`ADMIN_TOKEN`), type it here:',
    tokenLabel: 'Operator’s token',
    tokenWrong: 'This is not the operator’s token of the server.',
    now: 'now',
    ago: (ms: number) => `${span(format, ms)} ago`,
    time: 'Time',
    table: 'Show as a table',
    /** Read aloud in place of a plot. */
    summary: (name: string, now: string, lowest: string, highest: string) =>
      `${name}: now ${now}, between ${lowest} and ${highest} in the last minutes.`,
    summaryNone: (name: string) => `${name}: nothing in the last minutes.`,
    sessions: 'Sessions',
    ofSessions: (max: number) => `of at most ${format.number(max)}`,
    labelled: 'Labels',
    labelledTitle: 'Labelled frames a second',
    eachSecond: 'a second',
    age: 'Age of labels',
    p95: 'p95, at the server',
    dropped: 'Dropped frames',
    droppedTitle: 'Dropped frames a second',
    drops: {
      superseded: 'Replaced by a newer one',
      stale: 'Waited too long',
      undecodable: 'Not a picture',
      too_costly: 'Too costly to decode',
      worker_lost: 'Worker lost',
      rate_limited: 'Over a limit',
    },
    agesTitle: 'Time at the server',
    agesText:
      'From the arrival of a frame to its answer, and the stages of that. Half of all frames take at most the p50; 95 of 100 at most the p95.',
    stages: {
      queue: 'Waiting for a worker',
      decode: 'Decoding',
      infer: 'Running the model',
      server: 'Total',
    },
    workers: 'Workers',
    ofWorkers: (all: number, restarts: number) =>
      `of ${format.number(all)}, ${format.number(restarts)} ${format.plural(restarts, { one: 'restart', other: 'restarts' })}`,
    workerName: (number: number) => `Worker ${format.number(number)}`,
    workerStates: { starting: 'Starting', serving: 'Serving', silent: 'Not answering' },
    memory: 'Memory',
    memoryOf: 'server and workers',
    models: 'Models',
  },
});

function span(format: Formats, ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${format.number(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60)
    return `${format.number(minutes)} min${seconds % 60 === 0 ? '' : ` ${format.number(seconds % 60)} s`}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${format.number(hours)} h ${format.number(minutes % 60)} min`;
  return `${format.number(Math.floor(hours / 24))} d ${format.number(hours % 24)} h`;
}
