import { compareWithGolden, recordGolden } from '../../../vision/golden.ts';
import type { Golden, ModelAnswer } from '../../../vision/tasks/taskOf.ts';
import type { Preparation } from '../onnx/preparation.ts';
import type { Arrangement, Outputs } from '../onnx/sourceSession.ts';

/** The runtime that a model was made for, running the file as it came. */
export interface OtherRuntime {
  /** As goldens name it. */
  readonly name: string;
  /**
   * What it gives for each picture, as `own` is named and shaped.
   * @param pictures uint8 RGB, [height, width, 3]
   * @param own what the converted graph gives
   * @returns undefined where it cannot be asked
   * @throws Error where it fails on the model
   */
  run(
    pictures: readonly Uint8Array[],
    arrangement: Arrangement,
    preparation: Preparation,
    own: readonly Outputs[],
  ): Promise<readonly Outputs[] | undefined>;
}

/** `agrees`: its answers may become goldens. `none`: it could not be asked. */
export type OtherAnswers =
  | { readonly kind: 'agrees'; readonly name: string; readonly goldens: readonly Golden[] }
  | { readonly kind: 'differs'; readonly name: string; readonly why: string }
  | { readonly kind: 'failed'; readonly name: string }
  | { readonly kind: 'none' };

/**
 * Asks the other runtime, and compares.
 * @param own what the model gives here, for each picture
 * @param read what an answer is, of the outputs for a picture
 */
export async function askOther(
  other: OtherRuntime | undefined,
  own: readonly ModelAnswer[],
  outputsOf: (other: OtherRuntime) => ReturnType<OtherRuntime['run']>,
  read: (outputs: Outputs) => ModelAnswer,
  minScore: number,
): Promise<OtherAnswers> {
  if (other === undefined) return { kind: 'none' };
  const { name } = other;
  // Where it does not know an operator it may give anything, such as classes that there are not: that cannot be read.
  const found = await outputsOf(other)
    .then((all) => all?.map(read))
    .catch(() => 'failed' as const);
  if (found === 'failed') return { kind: 'failed', name };
  if (found === undefined) return { kind: 'none' };
  const goldens = found.map((answer) => recordGolden(answer, { recordedBy: name, minScore }));
  const [why] = goldens.flatMap((golden, at) => {
    const answer = own[at];
    return answer ? compareWithGolden(golden, answer).differences : [];
  });
  return why === undefined ? { kind: 'agrees', name, goldens } : { kind: 'differs', name, why };
}
