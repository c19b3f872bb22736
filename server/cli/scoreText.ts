import type { JudgedPicture, ModelScore, ScoreReport, VersionScore } from '../../protocol/score.ts';
import { columns, detailLines, inNumber, JSON_HAS_ALL } from './words.ts';

const MORE: Readonly<Record<string, string>> = {
  ap75: 'AP at an overlap of 0.75',
  apSmall: 'AP of things below 32x32 pixels',
  apMedium: 'AP of things of 32x32 to 96x96',
  apLarge: 'AP of things above 96x96',
  ar: 'average recall',
};

/** Number of classes in the table. */
const MAX_CLASSES = 12;

/** How good versions are, side by side, and what went wrong most. */
export function scoreText(report: ScoreReport): string {
  const { versions, skipped } = report;
  const [first] = versions;
  if (first === undefined) return '';
  const rows = versions.map(rowsOf);
  const names = [...new Set(rows.flatMap((all) => [...all.keys()]))];
  const hasTwo = versions.length > 1;
  return [
    `${report.name}  (${versions.map(({ version }) => `${report.id}@${version}`).join(', ')})\n${columns([
      ...(hasTwo ? [['', ...versions.map(({ version }) => version)]] : []),
      ...names.map((name) => [`  ${name}`, ...rows.map((all) => all.get(name) ?? '-')]),
    ])}`,
    `${CLASS_TITLES[first.score.kind]}\n${columns(classRows(versions))}${moreClasses(first)}`,
    ...versions.map((version) => worstText(version, hasTwo)),
    ...notesOf(versions),
    ...(skipped.length > 0
      ? [
          `${inNumber(skipped.length, 'picture')} skipped:\n${detailLines(
            skipped.map(({ picture, why }) => `${picture}: ${why}`),
            '  ',
            JSON_HAS_ALL,
          ).join('\n')}`,
        ]
      : []),
  ].join('\n\n');
}

function rowsOf({ score, more }: VersionScore): Map<string, string> {
  const rows = new Map<string, string>();
  switch (score.kind) {
    case 'boxes':
      rows.set('pictures', `${score.pictures.toLocaleString('en')}, ${inNumber(score.things, 'thing')}`);
      rows.set('AP (mean of overlaps 0.50 to 0.95)', inDecimals(score.ap));
      rows.set('AP at an overlap of 0.50', inDecimals(score.ap50));
      break;
    case 'names':
      rows.set(
        'pictures',
        `${score.pictures.toLocaleString('en')} in ${score.classes.toLocaleString('en')} classes`,
      );
      rows.set('top-1', inPercent(score.top1));
      if (score.top5 !== undefined) rows.set('top-5', inPercent(score.top5));
      break;
    case 'pixels':
      rows.set(
        'pictures',
        `${score.pictures.toLocaleString('en')}, ${score.classes.toLocaleString('en')} classes`,
      );
      rows.set('mean IoU', inDecimals(score.meanIou));
      rows.set('pixels with the right class', inPercent(score.right));
      break;
    default:
      score satisfies never;
  }
  for (const [name, value] of Object.entries(more)) rows.set(MORE[name] ?? name, inDecimals(value));
  return rows;
}

/** For one line: `AP 0.231, AP50 0.412 on 32 pictures of coco, 2026-11-29` */
export function scoreInLine(score: ModelScore): string {
  const on = `on ${inNumber(score.pictures, 'picture')}${score.set === '' ? '' : ` of ${score.set}`}, ${score.at.slice(0, 10)}`;
  switch (score.kind) {
    case 'boxes':
      return `AP ${inDecimals(score.ap)}, AP50 ${inDecimals(score.ap50)} ${on}`;
    case 'names': {
      const top5 = score.top5 === undefined ? '' : `, top-5 ${inPercent(score.top5)}`;
      return `top-1 ${inPercent(score.top1)}${top5} ${on}`;
    }
    case 'pixels':
      return `mean IoU ${inDecimals(score.meanIou)} ${on}`;
    default:
      return score satisfies never;
  }
}

const CLASS_TITLES = {
  boxes: 'Average precision by label, those with most things first:',
  names: 'Top-1 by class, those with most pictures first:',
  pixels: 'Intersection over union by class, those with most pixels first:',
} as const satisfies Record<ModelScore['kind'], string>;

function classRows(versions: readonly VersionScore[]): string[][] {
  const [first, ...others] = versions;
  return (first?.classes ?? [])
    .toSorted((a, b) => b.count - a.count || a.score - b.score)
    .slice(0, MAX_CLASSES)
    .map(({ label, count, score }) => [
      `  ${label}`,
      ...[score, ...others.map(({ classes }) => classes.find((one) => one.label === label)?.score)].map(
        (value) => (value === undefined ? '-' : inDecimals(value)),
      ),
      `of ${count.toLocaleString('en')}`,
    ]);
}

function moreClasses({ classes }: VersionScore): string {
  const more = classes.length - MAX_CLASSES;
  return more > 0 ? `\n  and ${more} more${JSON_HAS_ALL}` : '';
}

function worstText({ version, worst, score }: VersionScore, hasTwo: boolean): string {
  const of = hasTwo ? ` of ${version}` : '';
  if (worst.length === 0) return `No picture${of} with a fault.`;
  return `Worst pictures${of}:\n${columns(worst.map((one) => [`  ${one.picture}`, faultsIn(one, score.kind)]))}`;
}

function faultsIn({ missed, wrong }: JudgedPicture, kind: ModelScore['kind']): string {
  if (kind === 'names') return `${missed.join(', ')}, called ${wrongOnes(wrong)}`;
  return [
    ...(missed.length > 0 ? [`missed ${counted(missed)}`] : []),
    ...(wrong.length > 0 ? [`wrong ${wrongOnes(wrong)}`] : []),
  ].join('; ');
}

const MAX_NAMED = 4;

/** `3 person, cup` */
function counted(labels: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const all = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([label, count]) => (count > 1 ? `${count} ${label}` : label));
  return atMost(all);
}

const wrongOnes = (wrong: JudgedPicture['wrong']): string =>
  atMost(
    wrong.toSorted((a, b) => b.score - a.score).map(({ label, score }) => `${label} ${score.toFixed(2)}`),
  );

const atMost = (all: readonly string[]): string =>
  all.slice(0, MAX_NAMED).join(', ') + (all.length > MAX_NAMED ? `, and ${all.length - MAX_NAMED} more` : '');

const notesOf = (versions: readonly VersionScore[]): string[] => [
  ...new Set(versions.flatMap(({ notes }) => notes)),
];

const inDecimals = (value: number): string => value.toFixed(3);
const inPercent = (share: number): string => `${(100 * share).toFixed(1)} %`;
