import type { Constant } from './constant.ts';
import { evaluated } from './evaluate.ts';
import type { OnnxNode } from './onnxReader.ts';

/** The nodes of a graph behind its network, such as a detector's suppression. */
export interface Tail {
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** Names of the graph's outputs. */
  readonly outputs: readonly string[];
}

/**
 * What the whole graph gives.
 * @param given what the network gave, by name
 */
export function runTail(tail: Tail, given: ReadonlyMap<string, Constant>): Map<string, Constant> {
  const values = new Map([...tail.constants, ...given]);
  for (const node of tail.nodes) {
    const inputs = node.inputs.map((name) => values.get(name));
    for (const [name, result] of evaluated(node, inputs)) values.set(name, result);
  }
  return new Map(
    tail.outputs.map((name) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`The graph gives no "${name}".`);
      return [name, value];
    }),
  );
}
