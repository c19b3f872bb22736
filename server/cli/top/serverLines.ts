import { DROP_REASONS } from '../../../protocol/messages.ts';
import { type ServerStatus, STAGES, type Stage } from '../../../protocol/status.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { inNumber } from '../words.ts';
import { msText, rateText, spanText } from './cells.ts';
import { type Layout, layOut, type Section } from './layout.ts';
import { shortVersion } from './names.ts';
import { type Column, type Line, tableLines } from './table.ts';

/** What is known of a server. */
export interface ServerNow {
  url: string;
  /** Undefined until it has answered. */
  status: ServerStatus | undefined;
  /** Why it does not answer now. */
  problem: string | undefined;
}

/** Samples of the history, one a second, of which figures are means. */
const RECENT = 5;
/** Pages draw no label that is older. */
const OLD_MS = 1_000;

/** The screen for a single server, from `GET /v1/status`. */
export function serverLines({ url, status, problem }: ServerNow, size: Layout): Line[] {
  const bad = (text: string): Line => ({ text, tone: 'bad' });
  if (status === undefined) {
    return layOut(
      {
        title: `livelens top · ${url}`,
        news: [problem === undefined ? { text: 'Connecting.' } : bad(problem)],
        sections: [],
      },
      size,
    );
  }
  const { width } = size;
  const { workers, models, history } = status;
  const serving = workers.filter(({ state }) => state === 'serving').length;
  const p95 = mean(history.ages.server.p95);
  const news = [
    ...(problem === undefined ? [] : [bad(`${problem} What is shown was heard before.`)]),
    ...(serving === 0 ? [bad('No worker can answer frames now.')] : []),
    ...models
      .filter(({ state }) => state === 'broken')
      .map(({ id }) => bad(`Model ${id} does not serve: "npm run models -- show ${id}" says why.`)),
    ...(p95 !== null && p95 > OLD_MS
      ? [bad(`Labels are old: p95 ${msText(p95)}. More workers are needed, or fewer sessions.`)]
      : []),
  ];
  const rows = STAGES.map((stage) => ({
    stage,
    p50: mean(history.ages[stage].p50),
    p95: mean(history.ages[stage].p95),
  }));
  const drops = DROP_REASONS.map((reason) => ({
    reason,
    rate: mean(history.drops[reason] ?? []) ?? 0,
  })).filter(({ rate }) => rate > 0);
  const memory = workers.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, status.serverMemoryBytes);
  return layOut(
    {
      title: [
        `livelens top · ${url}`,
        `${inNumber(status.sessions, 'session')} of ${status.maxSessions}`,
        `${rateText(mean(history.labelled) ?? 0)} labels/s`,
        `${status.waitingFrames} waiting`,
        `${serving} of ${inNumber(workers.length, 'worker')}`,
        formatBytes(memory),
        `up ${spanText(status.nowMs - status.startedAtMs)}`,
      ].join(' · '),
      news: news.length > 0 ? news : [{ text: 'Nothing is wrong.', tone: 'good' }],
      sections: [
        section(rows, STAGE_COLUMNS, 'stage', width),
        section(workers, WORKER_COLUMNS, 'worker', width),
        section(models, MODEL_COLUMNS, 'model', width),
        ...(drops.length > 0 ? [section(drops, DROP_COLUMNS, 'reason', width)] : []),
      ],
    },
    size,
  );
}

function section<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  noun: string,
  width: number,
): Section {
  return {
    wanted: rows.length + 1,
    lines: (maxLines) => tableLines(rows, columns, { width, maxLines, noun }),
  };
}

/** Of the last seconds; null where there was no figure. */
function mean(values: readonly (number | null)[]): number | null {
  const known = values.slice(-RECENT).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

type Worker = ServerStatus['workers'][number];
type Model = ServerStatus['models'][number];

const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  queue: 'waiting',
  decode: 'decoding',
  infer: 'model',
  server: 'in all',
};

const STAGE_COLUMNS: readonly Column<{ stage: Stage; p50: number | null; p95: number | null }>[] = [
  { title: 'TIME', align: 'left', dropOrder: 0, cell: ({ stage }) => STAGE_NAMES[stage] },
  { title: 'P50', align: 'right', dropOrder: 1, cell: ({ p50 }) => msText(p50) },
  { title: 'P95', align: 'right', dropOrder: 0, cell: ({ p95 }) => msText(p95) },
];

const WORKER_COLUMNS: readonly Column<Worker>[] = [
  { title: 'WORKER', align: 'left', dropOrder: 0, cell: ({ state }) => state },
  {
    title: 'MEMORY',
    align: 'right',
    dropOrder: 1,
    cell: ({ memoryBytes }) => (memoryBytes === undefined ? '-' : formatBytes(memoryBytes)),
  },
];

const MODEL_COLUMNS: readonly Column<Model>[] = [
  { title: 'MODEL', align: 'left', dropOrder: 0, cell: ({ id }) => id },
  { title: 'VERSION', align: 'left', dropOrder: 2, cell: ({ version }) => shortVersion(version) || '-' },
  { title: 'STATE', align: 'left', dropOrder: 1, cell: ({ state }) => state },
];

const DROP_COLUMNS: readonly Column<{ reason: string; rate: number }>[] = [
  { title: 'DROPPED', align: 'left', dropOrder: 0, cell: ({ reason }) => reason },
  { title: 'FRAMES/S', align: 'right', dropOrder: 0, cell: ({ rate }) => rateText(rate) },
];
