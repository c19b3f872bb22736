import type { ModelAnswer } from '../../../../vision/tasks/taskOf.ts';
import type { Outputs } from '../../onnx/sourceSession.ts';
import type { Head } from './head.ts';
import { keypointAnswer } from './keypointReference.ts';
import { referenceAnswer } from './reference.ts';

/** What any head makes of a model's outputs for one picture, in plain JavaScript. */
export const plainAnswer = (
  head: Head,
  outputs: Outputs,
  options: { labels: readonly string[]; minScore: number },
): ModelAnswer =>
  head.kind === 'keypoints'
    ? keypointAnswer(head, outputs, options)
    : referenceAnswer(head, outputs, options);
