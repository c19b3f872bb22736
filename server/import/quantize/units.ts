import type { NodeProto } from '../onnx/onnxFile.ts';
import type { ConvLayer, Network } from './network.ts';

/** A node without weights that onnxruntime also runs on uint8, with the Relu or Clip behind it that rounding replaces. */
export interface Unit {
  readonly node: NodeProto;
  readonly activation: NodeProto | undefined;
  readonly inputs: readonly string[];
  readonly output: string;
  /** It moves numbers and makes none: output and input share a range. */
  readonly isPassing: boolean;
}

/** Ops with a kernel for uint8, and whether they only move numbers. */
const OPS: Readonly<Record<string, { readonly isPassing: boolean; readonly inputs?: number }>> = {
  Add: { isPassing: false },
  Mul: { isPassing: false },
  Concat: { isPassing: false },
  Sigmoid: { isPassing: false },
  LeakyRelu: { isPassing: false },
  AveragePool: { isPassing: false },
  GlobalAveragePool: { isPassing: false },
  MaxPool: { isPassing: true },
  Resize: { isPassing: true, inputs: 1 },
};

/** All that may be quantised; `unitsBetween` says which are worth it. */
export function readUnits(network: Network): Unit[] {
  const { graph, readers, kept, absorbed } = network;
  return (graph.node ?? []).flatMap((node) => {
    const op = node.domain ? undefined : OPS[node.opType ?? ''];
    if (op === undefined || absorbed.has(node) || (node.output ?? []).length !== 1) return [];
    const plain = node.output?.[0] ?? '';
    const [reader, ...others] = readers.get(plain) ?? [];
    const isCut = reader?.opType === 'Relu' && others.length === 0 && !kept.has(plain) && !op.isPassing;
    const activation = isCut ? reader : undefined;
    return [
      {
        node,
        activation,
        inputs: (node.input ?? []).slice(0, op.inputs),
        output: activation?.output?.[0] ?? plain,
        isPassing: op.isPassing,
      },
    ];
  });
}

/**
 * The units that lie between quantised layers: everything that they read is uint8 by then, and what they give is read as
 * uint8. Others, such as the sigmoid at the end of a detector, stay float32.
 */
export function unitsBetween(units: readonly Unit[], layers: ReadonlySet<ConvLayer>): Unit[] {
  const rounded = new Set([...layers].map(({ output }) => output));
  // A layer's input is uint8 for that layer only; what makes it must round for all who read it.
  let found: Unit[] = [];
  for (let grows = true; grows; ) {
    const more = units.filter(
      (unit) =>
        !found.includes(unit) && unit.inputs.length > 0 && unit.inputs.every((name) => rounded.has(name)),
    );
    for (const { output } of more) rounded.add(output);
    found = [...found, ...more];
    grows = more.length > 0;
  }
  for (;;) {
    const read = new Set([...layers].map(({ input }) => input));
    for (const { inputs } of found) for (const name of inputs) read.add(name);
    const useful = found.filter(({ output }) => read.has(output));
    if (useful.length === found.length) return useful;
    found = useful;
  }
}
