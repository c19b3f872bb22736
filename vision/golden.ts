import type { GoldenComparison } from './tasks/comparison.ts';
import type { RecordOptions } from './tasks/task.ts';
import { type Golden, type ModelAnswer, taskOf } from './tasks/taskOf.ts';

/**
 * Whether goldens prove more than that a model is consistent with itself: they were recorded by another runtime than the
 * ones that run models here, such as the framework that trained it. The importer's own records were not.
 * @param recordedBy as goldens name it, such as `torch 2.6.0`
 */
export const isOutsideReference = (recordedBy: string | undefined): recordedBy is string =>
  recordedBy !== undefined && !/^onnxruntime-(node|web)\b/.test(recordedBy);

/** Compares what a model gave for a golden picture with what was recorded. */
export function compareWithGolden(golden: Golden, found: ModelAnswer): GoldenComparison {
  if (isRecordOf(golden, found)) return taskOf(found.task).compare(golden, found);
  const differences = [`the record is of another task than ${found.task}`];
  return { differences, largest: Number.POSITIVE_INFINITY, sameTop: false };
}

/** Whether a golden is of the task of an answer: it does not name its own. */
export const isRecordOf = (golden: Golden, { task }: Pick<ModelAnswer, 'task'>): boolean =>
  Object.entries(taskOf(task).golden.entries).every(
    ([field, { type }]) => type === 'optional' || field in golden,
  );

/** Writes down what a model gave for a golden picture. */
export const recordGolden = (answer: ModelAnswer, options: RecordOptions): Golden =>
  taskOf(answer.task).record(answer, options);
