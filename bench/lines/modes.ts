import { setTimeout as sleep } from 'node:timers/promises';
import { type Mode, type ModeKind, modesOf } from '../../app/lens/modes.ts';
import type { Backend } from '../../app/recognizers/recognizer.ts';
import { startBuiltServer } from '../builtServer.ts';
import { type Fate, type LabelKind, type ModeRecord, readModes, watchMode } from '../modesPage.ts';
import { openPage } from '../page.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { median, quantile } from '../stats.ts';

/** Odd, so that a median is the middle one. */
const ROUNDS = 3;
/** In which the page still prepares models, loads what it needs later, and so on. */
const FIRST_MS = 20_000;
const LATER_MS = 15_000;
/** Of modes that are compared with none. */
const LONE = { firstMs: 3_000, laterMs: 10_000 };
/** Opening a model on a device that does other things, too. */
const READY_MS = 60_000;

const MODES = modesOf([
  { id: 'coco-ssd', task: 'object-detection' },
  { id: 'text', task: 'text-recognition' },
]);

/** A visit in one mode, split where its first time is over. */
interface Visit {
  readonly first: Span;
  readonly later: Span;
}

interface Span extends Pick<ModeRecord, 'labels' | 'pictures'> {
  readonly durationMs: number;
}

/**
 * Each mode in Chromium on the server and on the device, before a camera that shows a thing and lines of text by turns, none of
 * which stands still. Objects alone and Auto take turns, and the ratio is that of their rates: what Auto costs objects.
 */
export const measure: BenchLine = async () => {
  const server = await startBuiltServer();
  const rows: BenchResult[] = [];
  // The server loads its text model for the first that asks for it.
  const cold = await visit(server.url, modeOf('auto'), 'server');
  for (const backend of ['server', 'device'] as const) {
    const objects: Visit[] = [];
    const auto: Visit[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      objects.push(await visit(server.url, modeOf('objects'), backend));
      auto.push(await visit(server.url, modeOf('auto'), backend));
    }
    const text = await visit(server.url, modeOf('text'), backend, LONE);
    rows.push(
      ...rowsOf(`Objects, ${backend}`, objects, 'primary'),
      ...rowsOf(`Auto, ${backend}: objects`, auto, 'primary'),
      ...rowsOf(`Auto, ${backend}: text`, auto, 'secondary'),
      ...rowsOf(`Text, ${backend}`, [text], 'primary'),
      ...ratios(backend, objects, auto),
      ...fates(`Auto, ${backend}`, auto),
    );
    if (backend === 'server') rows.push(coldRow(cold, objects));
  }
  const codes = await visit(server.url, modeOf('codes'), 'device', LONE);
  rows.push(...rowsOf('Codes, device', [codes], 'codes'));
  await server.close();
  return rows;
};

function modeOf(kind: ModeKind): Mode {
  const mode = MODES.find((one) => one.kind === kind);
  if (mode === undefined) throw new Error(`No mode "${kind}".`);
  return mode;
}

async function visit(
  url: string,
  mode: Mode,
  backend: Backend,
  { firstMs, laterMs } = { firstMs: FIRST_MS, laterMs: LATER_MS },
): Promise<Visit> {
  const live = await openPage('about:blank', 'cat-and-sign', { backend, countsOnly: true });
  try {
    await watchMode(live.page, mode, backend);
    await live.page.goto(url, { waitUntil: 'commit' });
    const kind: LabelKind = mode.codes === 'only' ? 'codes' : 'primary';
    await live.page.waitForFunction(
      (wanted) => window.livelensModes.labels.some((label) => label.kind === wanted),
      kind,
      { timeout: READY_MS },
    );
    await sleep(firstMs + laterMs);
    const record = await readModes(live.page);
    const beganMs = record.labels.find((label) => label.kind === kind)?.atMs ?? 0;
    const endsMs = Math.min(record.nowMs, beganMs + firstMs + laterMs);
    return {
      first: spanOf(record, beganMs, beganMs + firstMs),
      later: spanOf(record, beganMs + firstMs, endsMs),
    };
  } finally {
    await live.close();
  }
}

function spanOf({ labels, pictures }: ModeRecord, fromMs: number, toMs: number): Span {
  const isIn = ({ atMs }: { atMs: number }) => atMs >= fromMs && atMs < toMs;
  return { labels: labels.filter(isIn), pictures: pictures.filter(isIn), durationMs: toMs - fromMs };
}

const labelsOf = ({ labels }: Span, kind: LabelKind) => labels.filter((label) => label.kind === kind);
const perS = (span: Span, kind: LabelKind) => (labelsOf(span, kind).length * 1_000) / span.durationMs;

function rowsOf(name: string, visits: readonly Visit[], kind: LabelKind): BenchResult[] {
  const ages = visits.flatMap(({ later }) => labelsOf(later, kind).map(({ ageMs }) => ageMs));
  const rate = (of: (one: Visit) => Span) => median(visits.map((one) => perS(of(one), kind)));
  return [
    result(
      `${name}, first ${FIRST_MS / 1_000} s`,
      rate(({ first }) => first),
      'labels/s',
    ),
    result(
      `${name}, then`,
      rate(({ later }) => later),
      'labels/s',
    ),
    result(`${name}, age p50`, quantile(ages, 0.5), 'ms'),
    result(`${name}, age p95`, quantile(ages, 0.95), 'ms'),
  ];
}

/** Each of Auto's visits against that in Objects just before. */
function ratios(backend: Backend, objects: readonly Visit[], auto: readonly Visit[]): BenchResult[] {
  const ratio = (of: (one: Visit) => Span) =>
    median(
      auto.map((visited, round) => {
        const alone = objects[round];
        return alone ? perS(of(visited), 'primary') / perS(of(alone), 'primary') : Number.NaN;
      }),
    );
  const name = `Auto's objects / Objects alone, ${backend}`;
  return [
    result(
      `${name}, first ${FIRST_MS / 1_000} s`,
      ratio(({ first }) => first),
      '',
      { atLeast: 0.9 },
    ),
    result(
      `${name}, then`,
      ratio(({ later }) => later),
      '',
      { atLeast: 0.9 },
    ),
  ];
}

/** A visit to a server that has to load its text model, against Objects alone. */
function coldRow({ first }: Visit, objects: readonly Visit[]): BenchResult {
  const alone = median(objects.map((one) => perS(one.first, 'primary')));
  const name = `the same while the server loads its text model, first ${FIRST_MS / 1_000} s`;
  return result(name, perS(first, 'primary') / alone, '');
}

/** Where pictures of the camera went that gave no labels of the primary model. */
function fates(name: string, visits: readonly Visit[]): BenchResult[] {
  const pictures = visits.flatMap(({ later }) => later.pictures);
  const counts = new Map<Fate, number>();
  for (const { fate } of pictures) counts.set(fate, (counts.get(fate) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([fate, count]) => result(`${name}, pictures: ${fate}`, (100 * count) / pictures.length, '%'));
}
