import type { ModelProto } from '../onnx/onnxFile.ts';
import type { Network } from './network.ts';
import { type CalibrationPicture, openValues } from './runValues.ts';

/** The values behind which no convolution comes any more: what a network says, before boxes and names are made of it. */
export function lastValues({ graph, layers, layerOf }: Network): string[] {
  const leadToLayer = new Set<string>();
  // From the end: the nodes of a graph stand in the order in which they run.
  for (const node of (graph.node ?? []).toReversed()) {
    const leads = layerOf.has(node) || (node.output ?? []).some((output) => leadToLayer.has(output));
    if (leads) for (const input of node.input ?? []) leadToLayer.add(input);
  }
  return layers.map(({ output }) => output).filter((output) => !leadToLayer.has(output));
}

/** Measures how far a changed network is from the original, on the same pictures. */
export interface NoiseMeter {
  /** Power of the difference over the power of the original, mean over the last values: 0.01 is a hundredth. */
  noiseOf(model: ModelProto): Promise<number>;
}

/** @param limitOf how far from zero numbers of a value still say something; what is beyond is no difference. Default: any */
export async function openNoiseMeter(
  original: ModelProto,
  values: readonly string[],
  inputName: string,
  pictures: readonly CalibrationPicture[],
  limitOf: (value: string) => number = () => Number.POSITIVE_INFINITY,
): Promise<NoiseMeter> {
  const run = async (model: ModelProto) => {
    const session = await openValues(model, inputName, values);
    try {
      const found = [];
      for (const picture of pictures) found.push(await session.run(picture));
      return found;
    } finally {
      await session.close();
    }
  };
  const expected = await run(original);
  return {
    async noiseOf(model) {
      const found = await run(model);
      const shares = values.map((value) => {
        let noise = 0;
        let power = 0;
        const limit = limitOf(value);
        const cut = (number: number) => Math.max(-limit, Math.min(limit, number));
        for (const [at, answers] of expected.entries()) {
          const { data: before } = answers.get(value) ?? {};
          const { data: after } = found[at]?.get(value) ?? {};
          before?.forEach((number, i) => {
            const expected = cut(number);
            noise += (expected - cut(after?.[i] ?? 0)) ** 2;
            power += expected ** 2;
          });
        }
        return power === 0 ? 0 : noise / power;
      });
      return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
    },
  };
}
