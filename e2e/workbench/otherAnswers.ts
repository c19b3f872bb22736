import { type LiteRtGraph, openLiteRtGraph as open } from '../../app/device/litert/liteRtGraph.ts';

export { hasRelaxedSimd, loadRuntime } from '../../app/device/litert/liteRtGraph.ts';

/** A runtime that computes something else: half of every score. */
export async function openLiteRtGraph(...given: Parameters<typeof open>): Promise<LiteRtGraph> {
  const graph = await open(...given);
  return {
    async run(inputs) {
      const outputs = await graph.run(inputs);
      const { scores } = outputs;
      if (!(scores?.data instanceof Float32Array)) throw new Error('The graph gives no scores.');
      return { ...outputs, scores: { ...scores, data: scores.data.map((score) => score / 2) } };
    },
  };
}
