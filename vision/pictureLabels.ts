import type { Label } from '../protocol/messages.ts';
import { type PictureAnswer, taskOf } from './tasks/taskOf.ts';
import { toLabel } from './toLabel.ts';

/** The labels of a single picture, as its answer orders them, from a score on. */
export const pictureLabels = (answer: PictureAnswer, minScore: number): Label[] =>
  taskOf(answer.task)
    .labelsOf(answer)
    .filter(({ score }) => score >= minScore)
    .map((detection, index) => toLabel({ id: index + 1, ...detection }));
