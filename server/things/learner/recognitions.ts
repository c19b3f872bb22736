import { heldOut } from '../../../vision/things/calibrate.ts';
import { normalised } from '../../../vision/things/head.ts';
import type { PlainClasses, Recognitions } from './messages.ts';

/** Which samples are recognised by what is learned from the others. @param background see HeadEmbedder; absent for the shipped model */
export function recognitions(classes: PlainClasses, background?: Float32Array): Recognitions {
  const samples = classes.map((all) => all.map((view) => [normalised(view, background && { background })]));
  const found = heldOut(samples);
  return samples.flatMap((all, c) =>
    all.map((_, at) => {
      const one = found.find((held) => held.c === c && held.at === at);
      return one && one.logits.indexOf(Math.max(...one.logits)) === c;
    }),
  );
}
