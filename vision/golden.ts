import { iou } from './geometry.ts';
import type { Answer, DetectionGolden, Golden } from './manifest.ts';
import type { Detection } from './tracker.ts';

/** How far an answer may be from the recorded one; `embedding` is the least cosine of the angle between both. */
export const GOLDEN_TOLERANCE = { score: 0.02, iou: 0.95, embedding: 0.999 } as const;

/**
 * Whether goldens tell more than that a model is consistent with itself: they were recorded by another runtime than the
 * ones that run models here, such as the framework that trained it. The importer's own records were not.
 * @param recordedBy as goldens name it, such as `torch 2.6.0`
 */
export const isOutsideReference = (recordedBy: string | undefined): recordedBy is string =>
  recordedBy !== undefined && !/^onnxruntime-(node|web)\b/.test(recordedBy);

export interface GoldenComparison {
  /** What differs by more than is allowed, in words; empty where they agree. */
  differences: string[];
  /** The largest difference of two scores, or of two numbers of an embedding, divided by its longest. */
  largest: number;
  /**
   * Whether the best label is the same, or one that was recorded as good as the best, by what a score may differ; for an
   * embedding, whether it agrees.
   */
  sameTop: boolean;
}

/** Holds what a graph gave for a golden picture against what was recorded. */
export function compareWithGolden(golden: Golden, found: Answer): GoldenComparison {
  if ('detections' in golden && found.task === 'object-detection') {
    return compareDetections(golden, found.detections);
  }
  if ('scores' in golden && found.task === 'image-classification') {
    return compareScores(golden.scores, found.scores);
  }
  if ('embedding' in golden && found.task === 'image-embedding') {
    return compareEmbeddings(golden.embedding, found.embedding);
  }
  const differences = [`the record is of another task than ${found.task}`];
  return { differences, largest: Number.POSITIVE_INFINITY, sameTop: false };
}

/**
 * Writes down what a graph gave for a golden picture.
 * @param options.minScore of detections, those from this score up
 */
export function recordGolden(
  answer: Answer,
  { recordedBy, minScore }: { recordedBy: string; minScore: number },
): Golden {
  switch (answer.task) {
    case 'object-detection':
      return {
        recordedBy,
        minScore,
        detections: answer.detections
          .filter(({ score }) => score >= minScore)
          .map(({ label, score, box: [x, y, width, height] }) => ({
            label,
            score: round(score),
            box: [round(x), round(y), round(width), round(height)],
          })),
      };
    case 'image-classification':
      return { recordedBy, scores: Array.from(answer.scores, round) };
    case 'image-embedding':
      return { recordedBy, embedding: Array.from(answer.embedding) };
    default:
      return answer satisfies never;
  }
}

const round = (value: number): number => Number(value.toFixed(6));

/** Detections near the recording's score limit may be on either side of it and are not missed. */
function compareDetections(golden: DetectionGolden, found: readonly Detection[]): GoldenComparison {
  const { minScore } = golden;
  let largest = 0;
  const unmatched = found.filter((detection) => detection.score >= minScore - GOLDEN_TOLERANCE.score);
  const missing = golden.detections.filter((expected) => {
    const at = unmatched.findIndex(
      (detection) =>
        detection.label === expected.label &&
        Math.abs(detection.score - expected.score) <= GOLDEN_TOLERANCE.score &&
        detection.box !== undefined &&
        iou(detection.box, expected.box) > GOLDEN_TOLERANCE.iou,
    );
    const [match] = at >= 0 ? unmatched.splice(at, 1) : [];
    if (match) largest = Math.max(largest, Math.abs(match.score - expected.score));
    return match === undefined && expected.score >= minScore + GOLDEN_TOLERANCE.score;
  });
  const unexpected = unmatched.filter(({ score }) => score >= minScore + GOLDEN_TOLERANCE.score);
  return {
    differences: [
      ...missing.map(({ label, score }) => `no "${label}" of score ${score.toFixed(2)}`),
      ...unexpected.map(({ label, score }) => `unexpected "${label}" of score ${score.toFixed(2)}`),
    ],
    largest: Math.max(largest, ...missing.map(({ score }) => score), ...unexpected.map(({ score }) => score)),
    sameTop: isAmongBest(golden.detections, best(found)),
  };
}

const best = <T extends { score: number }>(all: readonly T[]): T | undefined =>
  all.reduce<T | undefined>(
    (top, one) => (top === undefined || one.score > top.score ? one : top),
    undefined,
  );

function isAmongBest(
  expected: DetectionGolden['detections'],
  found: Pick<Detection, 'label'> | undefined,
): boolean {
  const top = best(expected);
  if (top === undefined) return true;
  return expected.some(({ label, score }) => label === found?.label && isAsGoodAs(score, top.score));
}

/** Which of two recorded scores that are so near each other is the higher one, another runtime may see otherwise. */
const isAsGoodAs = (score: number, top: number) => score >= top - GOLDEN_TOLERANCE.score;

function compareScores(expected: readonly number[], found: Float32Array): GoldenComparison {
  if (expected.length !== found.length) {
    const differences = [`${expected.length} scores recorded, the graph gives ${found.length}`];
    return { differences, largest: Number.POSITIVE_INFINITY, sameTop: false };
  }
  let largest = 0;
  let at = 0;
  expected.forEach((score, line) => {
    // A score that is no number differs from everything.
    const difference = Math.abs((found[line] ?? Number.NaN) - score);
    if (!(difference <= largest)) {
      largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
      at = line;
    }
  });
  const [top, foundTop] = [Math.max(...expected), Math.max(...found)];
  const sameTop = expected.some((score, line) => found[line] === foundTop && isAsGoodAs(score, top));
  const tolerance = GOLDEN_TOLERANCE.score;
  const differences =
    largest <= tolerance
      ? []
      : [
          `score ${expected[at]?.toFixed(4)} recorded for label ${at + 1}, the graph gives ${found[at]?.toFixed(4)}`,
        ];
  return { differences, largest, sameTop };
}

function compareEmbeddings(expected: readonly number[], found: Float32Array): GoldenComparison {
  if (expected.length !== found.length) {
    const differences = [
      `an embedding of ${expected.length} numbers recorded, the graph gives ${found.length}`,
    ];
    return { differences, largest: Number.POSITIVE_INFINITY, sameTop: false };
  }
  let dot = 0;
  let squares = 0;
  let foundSquares = 0;
  let largest = 0;
  let longest = Number.MIN_VALUE;
  expected.forEach((value, i) => {
    const other = found[i] ?? Number.NaN;
    dot += value * other;
    squares += value * value;
    foundSquares += other * other;
    longest = Math.max(longest, Math.abs(value));
    largest = Math.max(largest, Math.abs(value - other));
  });
  const cosine = dot / Math.sqrt(squares * foundSquares);
  const agrees = cosine >= GOLDEN_TOLERANCE.embedding;
  const differences = agrees ? [] : [`embedding turned away: cosine ${cosine.toFixed(5)}`];
  return { differences, largest: largest / longest, sameTop: agrees };
}
