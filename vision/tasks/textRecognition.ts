import * as v from 'valibot';
import { refusal } from '../../protocol/sentences/refusals.ts';
import { Quad as QuadSchema, Score } from '../../protocol/vocabulary.ts';
import { pointInPicture } from '../fit.ts';
import { iou, visiblePart } from '../geometry.ts';
import { boxOfQuad, mapQuad, type Quad, scaledQuad } from '../quad.ts';
import { decodeLine } from '../text/decodeLine.ts';
import { editDistance } from '../text/editDistance.ts';
import { createLineCache } from '../text/lineCache.ts';
import { readingOrder } from '../text/readingOrder.ts';
import { readPicture } from '../text/readPicture.ts';
import { unreadAnswer } from '../text/unread.ts';
import {
  GOLDEN_TOLERANCE,
  type GoldenComparison,
  roundForRecord,
  scoreText,
  shortLabel,
  toScore,
} from './comparison.ts';
import { dataOf, type TaskDefinition, toPixels, toTensor } from './task.ts';

/** A line of text. As the task reads it: in 0..1 of the input; in a frame's result: of the picture. */
interface TextLine {
  readonly text: string;
  /** Mean of its characters' scores, 0..1. */
  readonly score: number;
  readonly quad: Quad;
}

/** In reading order. */
export interface TextAnswer {
  readonly task: 'text-recognition';
  readonly lines: readonly TextLine[];
  /** How many lines were found that there was no time to read. */
  readonly unread: number;
}

const Line = v.strictObject({ text: v.string(), score: Score, quad: QuadSchema });
const TextGolden = v.strictObject({
  recordedBy: v.string(),
  /** Only lines of at least this score are recorded and compared. */
  minScore: Score,
  lines: v.array(Line),
});
export type TextGolden = v.InferOutput<typeof TextGolden>;

/**
 * Lines of text with their corners. The labels file lists the characters, one a line. Graphs:
 *   `detector`, of the picture in a size of multiples of 32:
 *     `probabilities` float32 [1, height, width]  how likely each pixel is to lie within a line, 0..1
 *   `recognizer`, of one line, [1, 48, width, 3]; for each column:
 *     `classes` int32 [1, columns]  0 is none, then the lines of the labels file, then the space
 *     `scores` float32 [1, columns]  of that class, 0..1
 *     `spaces` float32 [1, columns]  of the space, 0..1
 */
export const textRecognition: TaskDefinition<TextAnswer, TextGolden, TextAnswer> = {
  name: 'text-recognition',
  graphs: ['detector', 'recognizer'],
  golden: TextGolden,
  inPicture: v.object({ task: v.literal('text-recognition'), lines: v.array(Line), unread: v.number() }),
  follow: 'things',
  loadAt: 'use',
  // Frames for text are few: a line counts at once, and stays for the next two.
  tracking: { confirmHits: 1, holdMs: 1_500, rememberMs: 5_000 },
  inputSize: 'picture',
  labelsFile: 'characters',
  async run({ picture, inputName, labels, runGraph, memory, hasTime }) {
    const pixels = toPixels(picture);
    if (memory) memory.lines ??= createLineCache();
    const { lines, unread } = await readPicture(
      pixels,
      {
        async detect(small) {
          const outputs = await runGraph('detector', { [inputName]: toTensor(small) });
          const { width, height } = small;
          return { data: dataOf(outputs, 'probabilities', Float32Array), width, height };
        },
        async recognize(line) {
          const outputs = await runGraph('recognizer', { [inputName]: toTensor(line) });
          return decodeLine(
            {
              classes: dataOf(outputs, 'classes', Int32Array),
              scores: dataOf(outputs, 'scores', Float32Array),
              spaces: dataOf(outputs, 'spaces', Float32Array),
            },
            labels,
          );
        },
      },
      { cache: memory?.lines, hasTime },
    );
    const found = lines.map(({ text, score, quad }) => ({
      text,
      score,
      quad: scaledQuad(quad, 1 / pixels.width, 1 / pixels.height),
    }));
    return { task: 'text-recognition', lines: readingOrder(found, pixels).flat(), unread };
  },
  record: ({ lines }, { recordedBy, minScore }) => ({
    recordedBy,
    minScore,
    lines: lines
      .filter(({ score }) => score >= minScore)
      .map(({ text, score, quad: [a, b, c, d] }) => {
        const point = ([x, y]: Quad[0]): [number, number] => [roundForRecord(x), roundForRecord(y)];
        return { text, score: roundForRecord(score), quad: [point(a), point(b), point(c), point(d)] };
      }),
  }),
  compare,
  worstDifference({ lines: recorded }, { lines: found }) {
    const texts = new Set(found.map(({ text }) => text));
    const lost = recorded.find(({ text }) => !texts.has(text));
    return lost && refusal('worst_text', { text: shortLabel(lost.text) });
  },
  maxLabels: () => 300,
  toPicture({ lines, unread }, { fitted, maxLabels }) {
    const inPicture = lines.flatMap(({ text, score, quad }) => {
      const moved = fitted === undefined ? quad : mapQuad(quad, (corner) => pointInPicture(corner, fitted));
      return visiblePart(boxOfQuad(moved)) === undefined
        ? []
        : [{ text, score: toScore(score), quad: moved }];
    });
    const best = new Set(inPicture.toSorted((a, b) => b.score - a.score).slice(0, maxLabels));
    return { task: 'text-recognition', lines: inPicture.filter((line) => best.has(line)), unread };
  },
  inPrediction: ({ unread }) => unreadAnswer(unread),
  inStream: ({ unread }) => unreadAnswer(unread),
  labelsOf: ({ lines }) =>
    lines.flatMap(({ text, score, quad }) => {
      const box = visiblePart(boxOfQuad(quad));
      return box === undefined ? [] : [{ label: text, text, score, box, quad }];
    }),
};

/** Another runtime may see another letter now and then, and corners a little elsewhere. */
const ALLOWED = { letters: 1, iou: 0.7, score: 0.1 } as const;

function compare(golden: TextGolden, { lines }: TextAnswer): GoldenComparison {
  const rest = [...lines];
  const differences: string[] = [];
  let largest = 0;
  for (const { text, score, quad } of golden.lines) {
    const at = rest.findIndex(
      (line) =>
        editDistance(line.text, text) <= ALLOWED.letters &&
        iou(boxOfQuad(line.quad), boxOfQuad(quad)) >= ALLOWED.iou &&
        Math.abs(line.score - score) <= ALLOWED.score,
    );
    const [found] = at < 0 ? [] : rest.splice(at, 1);
    if (found) largest = Math.max(largest, Math.abs(found.score - score));
    else {
      largest = Math.max(largest, score);
      differences.push(`no "${shortLabel(text)}" of score ${scoreText(score)}`);
    }
  }
  for (const { text, score } of rest) {
    if (score < golden.minScore + GOLDEN_TOLERANCE.score) continue;
    largest = Math.max(largest, score);
    differences.push(`unexpected "${shortLabel(text)}" of score ${scoreText(score)}`);
  }
  return { differences, largest, sameTop: differences.length === 0 };
}
