import { formatBytes } from '../../../vision/formatBytes.ts';
import type { Gateway, Member, Worker } from '../../fleet/member.ts';
import { inNumber } from '../words.ts';
import { msText, rateText, spanText } from './cells.ts';
import { findProblems, groupsOf } from './findProblems.ts';
import type { FleetNow } from './fleetWatch.ts';
import { type Layout, layOut, type Section } from './layout.ts';
import { nameOf, shortVersion } from './names.ts';
import { type Column, type Line, type Tone, tableLines } from './table.ts';

/** By what gateways and workers are sorted. */
export const SORTS = ['name', 'labels', 'memory', 'age'] as const;
export type Sort = (typeof SORTS)[number];

/** The screen for a fleet: at most `height` lines of at most `width` columns. */
export function fleetLines(
  now: FleetNow,
  { queue, sort, ...size }: Layout & { queue: string; sort: Sort },
): Line[] {
  const gateways = sorted(gatewaysOf(now), sort, (one) => one.ageMs.p95 ?? 0);
  const workers = sorted(workersOf(now), sort, () => 0);
  const models = modelRows(workers);
  const { width } = size;
  const tables: Section[] = [
    {
      wanted: gateways.length + 1,
      lines: (maxLines) =>
        tableLines(gateways, gatewayColumns(now.nowMs), {
          width,
          maxLines,
          noun: 'gateway',
          toneOf: toneOfMember,
        }),
    },
    {
      wanted: workers.length + 1,
      lines: (maxLines) =>
        tableLines(workers, workerColumns(now.nowMs), {
          width,
          maxLines,
          noun: 'worker',
          toneOf: toneOfMember,
        }),
    },
    {
      wanted: models.length + 1,
      lines: (maxLines) => tableLines(models, MODEL_COLUMNS, { width, maxLines, noun: 'model' }),
    },
  ];
  const sections = tables.filter(({ wanted }) => wanted > 1);
  const problems = findProblems(now);
  return layOut(
    {
      title: [`livelens top · ${queue}`, ...totals(gateways, workers)].join(' · '),
      news:
        problems.length > 0
          ? problems.map(({ level, text }): Line => ({ text, tone: level }))
          : [now.isNew ? { text: 'Listening.' } : { text: 'Nothing is wrong.', tone: 'good' }],
      sections,
      keys: `s: sorted by ${sort}`,
    },
    size,
  );
}

/** The same as data, for programs. */
export function fleetJson(now: FleetNow, queue: string) {
  const gateways = sorted(gatewaysOf(now), 'name', () => 0);
  const workers = sorted(workersOf(now), 'name', () => 0);
  return {
    queue,
    atMs: now.nowMs,
    sessions: sum(gateways, (one) => one.sessions),
    waiting: sum(gateways, (one) => one.waiting),
    labelsPerSecond: sum(gateways, (one) => one.labelsPerSecond),
    slots: sum(workers, (one) => one.slots),
    problems: findProblems(now),
    gateways,
    workers,
  };
}

const gatewaysOf = ({ members }: FleetNow) => members.filter((one): one is Gateway => one.role === 'gateway');
const workersOf = ({ members }: FleetNow) => members.filter((one): one is Worker => one.role === 'worker');

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function sorted<T extends Member>(all: readonly T[], sort: Sort, ageOf: (one: T) => number): T[] {
  const groupOf = (one: Member) => (one.role === 'worker' ? one.group : '');
  const byName = (a: T, b: T) =>
    groupOf(a).localeCompare(groupOf(b)) ||
    a.host.localeCompare(b.host, 'en', { numeric: true }) ||
    a.pid - b.pid ||
    a.id.localeCompare(b.id);
  const value = { name: () => 0, labels: labelsOf, memory: memoryOf, age: ageOf }[sort];
  return [...all].sort((a, b) => value(b) - value(a) || byName(a, b));
}
const labelsOf = (one: Member) => one.labelsPerSecond;
const memoryOf = (one: Member) => one.memoryBytes;

const totals = (gateways: readonly Gateway[], workers: readonly Worker[]): string[] => [
  inNumber(gateways.length, 'gateway'),
  `${inNumber(workers.length, 'worker')} (${inNumber(
    sum(workers, (one) => one.slots),
    'slot',
  )})`,
  inNumber(
    sum(gateways, (one) => one.sessions),
    'session',
  ),
  `${rateText(sum(gateways, labelsOf))} labels/s`,
];

const toneOfMember = (one: Member): Tone | undefined => {
  if (one.isLeaving) return 'faint';
  return one.role === 'worker' && one.refused.length > 0 ? 'bad' : undefined;
};

const NAME: Column<Member> = { title: 'WORKER', align: 'left', dropOrder: 0, cell: nameOf };
const common = (nowMs: number): Record<'labels' | 'memory' | 'up', Column<Member>> => ({
  labels: { title: 'LABELS/S', align: 'right', dropOrder: 0, cell: (one) => rateText(one.labelsPerSecond) },
  memory: { title: 'MEMORY', align: 'right', dropOrder: 4, cell: (one) => formatBytes(one.memoryBytes) },
  up: { title: 'UP', align: 'right', dropOrder: 5, cell: (one) => spanText(nowMs - one.startedAtMs) },
});

function gatewayColumns(nowMs: number): Column<Gateway>[] {
  const { labels, memory, up } = common(nowMs);
  return [
    { ...NAME, title: 'GATEWAY' },
    { title: 'SESSIONS', align: 'right', dropOrder: 1, cell: (one) => one.sessions.toLocaleString('en') },
    { title: 'WAITING', align: 'right', dropOrder: 3, cell: (one) => one.waiting.toLocaleString('en') },
    labels,
    { title: 'AGE P50', align: 'right', dropOrder: 6, cell: (one) => msText(one.ageMs.p50) },
    { title: 'P95', align: 'right', dropOrder: 2, cell: (one) => msText(one.ageMs.p95) },
    memory,
    up,
    { title: 'STATE', align: 'left', dropOrder: 7, cell: (one) => (one.isLeaving ? 'leaving' : 'serving') },
  ];
}

function workerColumns(nowMs: number): Column<Worker>[] {
  const { labels, memory, up } = common(nowMs);
  return [
    NAME,
    { title: 'GROUP', align: 'left', dropOrder: 3, cell: (one) => one.group },
    { title: 'SLOTS', align: 'right', dropOrder: 2, cell: (one) => String(one.slots) },
    labels,
    memory,
    up,
    { title: 'STATE', align: 'left', dropOrder: 1, cell: workerState },
  ];
}

function workerState({ isLeaving, serving, staged, refused }: Worker): string {
  if (isLeaving) return 'leaving';
  const parts = [
    serving.length > 0 ? `serves ${inNumber(serving.length, 'model')}` : 'loading',
    ...serving.flatMap(({ id, precision }) => (precision ? `${id} in ${precision}` : [])),
    staged.length > 0 &&
      `holds ${staged.map(({ id, version }) => `${id} ${shortVersion(version)}`).join(', ')} too`,
    refused.length > 0 && `refused ${refused.map(({ id }) => id).join(', ')}`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** A version of a model in one group, and which of its workers have it. */
interface ModelRow {
  id: string;
  version: string;
  group: string;
  serving: number;
  staged: number;
  of: number;
  /** Number of those that serve it in int8 and in float32, where it has both. */
  int8: number;
  float32: number;
}

function modelRows(workers: readonly Worker[]): ModelRow[] {
  const rows = [...groupsOf(workers)].flatMap(([group, all]) => {
    const found = new Map<string, ModelRow>();
    for (const worker of all) {
      for (const kind of ['serving', 'staged'] as const) {
        for (const { id, version, precision } of worker[kind]) {
          const key = JSON.stringify([id, version]);
          const counts = { serving: 0, staged: 0, int8: 0, float32: 0 };
          const row = found.get(key) ?? { id, version, group, of: all.length, ...counts };
          row[kind] += 1;
          if (precision) row[precision] += 1;
          found.set(key, row);
        }
      }
    }
    return [...found.values()];
  });
  return rows.sort(
    (a, b) => a.id.localeCompare(b.id) || a.group.localeCompare(b.group) || b.serving - a.serving,
  );
}

const MODEL_COLUMNS: readonly Column<ModelRow>[] = [
  { title: 'MODEL', align: 'left', dropOrder: 0, cell: ({ id }) => id },
  { title: 'VERSION', align: 'left', dropOrder: 2, cell: ({ version }) => shortVersion(version) },
  { title: 'GROUP', align: 'left', dropOrder: 3, cell: ({ group }) => group },
  {
    title: 'WORKERS',
    align: 'left',
    dropOrder: 1,
    cell: ({ serving, staged, of, int8, float32 }) =>
      [
        serving > 0 && `served by ${serving} of ${of}`,
        int8 > 0 && `${int8} in int8`,
        float32 > 0 && `${float32} in float32`,
        staged > 0 && `waits on ${staged} of ${of}`,
      ]
        .filter(Boolean)
        .join(', '),
  },
];
