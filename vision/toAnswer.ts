import type { Answer, Task } from './manifest.ts';

/** A tensor of any runtime. */
interface Output {
  readonly type: string;
  readonly data: unknown;
}

/**
 * What a deployed graph gave for one picture; see manifest.ts for its outputs.
 * @throws Error when an output is missing, or of another type or size than the manifest's task and labels say
 */
export function toAnswer(
  task: Task,
  outputs: Readonly<Record<string, Output | undefined>>,
  labels: readonly string[],
): Answer {
  switch (task) {
    case 'object-detection':
      return { task, detections: detectionsOf(outputs, labels) };
    case 'image-classification': {
      const scores = dataOf(outputs.scores, Float32Array, 'scores');
      if (scores.length !== labels.length) {
        throw new Error(
          `The graph gives ${scores.length} scores, the labels file has ${labels.length} lines.`,
        );
      }
      return { task, scores };
    }
    case 'image-embedding':
      return { task, embedding: dataOf(outputs.embedding, Float32Array, 'embedding') };
    default:
      return task satisfies never;
  }
}

function detectionsOf(outputs: Readonly<Record<string, Output | undefined>>, labels: readonly string[]) {
  const boxes = dataOf(outputs.boxes, Float32Array, 'boxes');
  const scores = dataOf(outputs.scores, Float32Array, 'scores');
  const classes = dataOf(outputs.classes, Int32Array, 'classes');
  return Array.from(scores, (score, row) => {
    const [x = 0, y = 0, width = 0, height = 0] = boxes.subarray(row * 4, row * 4 + 4);
    // A graph of more classes than labels is a fault of its maker, and no reason to lose a worker.
    const label = labels[classes[row] ?? -1] ?? `class ${classes[row]}`;
    return { label, score, box: [x, y, width, height] as const };
  });
}

function dataOf<T extends Float32Array | Int32Array>(
  tensor: Output | undefined,
  kind: abstract new (...args: never[]) => T,
  output: string,
): T {
  if (tensor?.data instanceof kind) return tensor.data;
  throw new Error(
    `Output "${output}" of the graph: ${kind.name} expected, got ${tensor?.type ?? 'nothing'}.`,
  );
}
