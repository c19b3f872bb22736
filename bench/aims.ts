import type { BenchResult } from './result.ts';
import { type Aim, result } from './result.ts';

/** Finds a figure of a line by its name, or by how its name begins. NaN where the line broke or could not be measured. */
type Figures = (name: string | RegExp) => { readonly value: number; readonly name: string };

/** One aim for the speed of the product, and where its figures come from. */
interface SpeedAim {
  readonly what: string;
  readonly aim: Aim;
  readonly unit?: string;
  /** The lines of the suite that it needs. */
  readonly lines: readonly string[];
  readonly byClock?: (figures: Figures) => number;
  /** Of processor time, which other work on the machine changes little. */
  readonly byProcessor?: (figures: Figures) => number;
  /** What no line measures of it. */
  readonly lacks?: string;
}

const figure = (name: string | RegExp) => (figures: Figures) => figures(name).value;
const ratio = (above: string | RegExp, below: string | RegExp) => (figures: Figures) =>
  figures(above).value / figures(below).value;

/** In the order in which docs/performance.md has them. */
const AIMS: readonly SpeedAim[] = [
  {
    what: 'labels/s at saturation over bare onnxruntime in float32',
    aim: { atLeast: 1.5 },
    lines: ['saturation', 'processor'],
    byClock: figure('saturation, best of these against bare onnxruntime'),
    byProcessor: figure('processor time: share of bare onnxruntime'),
  },
  {
    what: 'labels/s of eight sessions over an earlier build',
    aim: { atLeast: 2 },
    lines: ['earlier'],
    byClock: figure('eight sessions: labels/s over the earlier commit'),
    byProcessor: figure('eight sessions: processor time of a label, the earlier commit over this one'),
    lacks: 'EARLIER is a built checkout of it',
  },
  {
    what: 'a label outside the graph',
    aim: { atMost: 2.2 },
    unit: 'ms',
    lines: ['processor'],
    byProcessor: figure('processor time of a label: outside the graph'),
  },
  {
    what: 'one session at 30 frames/s, age p50 over bare float32 on all cores',
    aim: { atMost: 0 },
    unit: 'ms',
    lines: ['oneSession'],
    byClock: figure('one session, age added over bare inference, p50'),
  },
  {
    what: 'one worker over TensorFlow.js (wasm, one thread) in Node',
    aim: { atLeast: 8 },
    lines: ['tfjs'],
    byClock: figure('ours / tfjs in Node'),
  },
  {
    what: 'the same in Chromium',
    aim: { atLeast: 7 },
    lines: ['tfjs'],
    byClock: figure('ours / tfjs in Chromium'),
  },
  ...(
    [
      ['device', 'device', 'Chromium'],
      ['deviceFirefox', 'device, Firefox', 'Firefox'],
      ['deviceWebKit', 'device, WebKit', 'WebKit'],
    ] as const
  ).flatMap(([line, row, browser]) =>
    [1, 2].map((threads) => ({
      what: `on the device, whole label over TensorFlow.js, threads: ${threads}, ${browser}`,
      aim: { atLeast: 1.6 },
      lines: [line],
      byClock: figure(`${row}, threads: ${threads}, label: tfjs / the faster of ours`),
      byProcessor: figure(
        `${row}, threads: ${threads}, processor time of a label: tfjs / the faster of ours`,
      ),
    })),
  ),
  ...(['cold', 'warm'] as const).map((visit) => ({
    what: `on the device: opening the page to the first box, ${visit}`,
    aim: { atMost: visit === 'cold' ? 2.5 : 1.5 },
    unit: 's',
    lines: ['firstLabel'],
    byClock: (figures: Figures) =>
      figures(
        visit === 'cold'
          ? 'in the browser, device: opening the page to the first box, cold'
          : 'in the browser, device: the same, warm',
      ).value / 1_000,
  })),
  ...(['Firefox', 'WebKit'] as const).flatMap((browser) =>
    (['cold', 'warm'] as const).map((visit) => ({
      what: `on the device: opening the page to the first box, in ${browser}, ${visit}`,
      aim: { atMost: visit === 'cold' ? 2.5 : 1.5 },
      unit: 's',
      lines: [`firstBox${browser}`],
      byClock: figure(`in ${browser}, device: opening the page to the first box, ${visit}`),
    })),
  ),
  {
    what: 'the same in Chromium: loaded until then, cold',
    aim: { atMost: 15 },
    unit: 'MB',
    lines: ['firstLabel'],
    byClock: (figures) => figures('in the browser, device: loaded before the first box, cold').value / 1_000,
  },
  {
    what: 'page: main thread a frame',
    aim: { atMost: 1 },
    unit: 'ms',
    lines: ['mainThread'],
    byClock: figure('page: main thread a frame, all tasks'),
    byProcessor: figure('page: of it on a processor, the rest waited'),
  },
  {
    what: 'int8 of 7 bits: F1 of the labels of float32',
    aim: { atLeast: 0.985 },
    lines: ['int8'],
    byClock: figure(/^int8: F1 of /),
  },
  {
    what: 'int8 of 7 bits: AP less than that of float32',
    aim: { atMost: 0.005 },
    lines: ['int8'],
    byClock: (figures) =>
      figures('int8: AP 0.50:0.95 of float32').value - figures('int8: AP 0.50:0.95 of int8').value,
  },
  {
    what: "labels that the page's best encoding keeps of the uncompressed picture's",
    aim: { atLeast: 91 / 93 },
    lines: ['encoding'],
    byClock(figures) {
      const { name, value } = figures(/^encoding: page 0\.9: labels kept of /);
      return value / Number(/labels kept of (\d+)/.exec(name)?.[1]);
    },
  },
  {
    what: 'the process with the sockets, a label',
    aim: { atMost: 0.4 },
    unit: 'ms',
    lines: ['processor'],
    byProcessor: figure('processor time of a label: the process with the sockets'),
  },
  {
    what: 'age p95 of 8 sessions during two swaps, over without',
    aim: { atMost: 1.3 },
    lines: ['swap'],
    byClock: ratio('the same during two swaps', '8 sessions, age p95'),
  },
  {
    what: 'age p95 of a session next to 5,000 idle ones, more than alone',
    aim: { atMost: 1 },
    unit: 'ms',
    lines: ['idle'],
    byClock: figure('next to idle sessions, age p95 more'),
  },
];

/** The lines that all aims need. */
export const AIM_LINES: readonly string[] = [...new Set(AIMS.flatMap(({ lines }) => lines))];

/** A row for each aim and way to measure it, from what its lines gave. */
export function aimRows(results: readonly BenchResult[]): BenchResult[] {
  const figures: Figures = (asked) =>
    results.find(({ name }) => (typeof asked === 'string' ? name === asked : asked.test(name))) ?? {
      name: String(asked),
      value: Number.NaN,
    };
  return AIMS.flatMap(({ what, aim, unit = '', byClock, byProcessor, lacks }) => {
    const note = lacks === undefined ? '' : ` (${lacks})`;
    if (!byClock && !byProcessor) return [result(`${what}${note}`, Number.NaN, unit, aim)];
    return [
      ...(byClock ? [result(`${what}${note}`, byClock(figures), unit, aim)] : []),
      ...(byProcessor ? [result(`${what}, by processor time`, byProcessor(figures), unit, aim)] : []),
    ];
  });
}
