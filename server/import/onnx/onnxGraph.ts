import type { DType, Tensor } from './tensor.ts';

/** An ONNX attribute, by its type. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly text: string };

export interface OnnxNode {
  readonly op: string;
  inputs: string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or output of the whole graph. A text side is symbolic. */
export interface OnnxPort {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

/** An ONNX graph being built: nodes in execution order, constants by name. */
export class OnnxGraph {
  readonly inputs: OnnxPort[] = [];
  readonly outputs: OnnxPort[] = [];
  nodes: OnnxNode[] = [];
  readonly constants = new Map<string, Tensor>();
  readonly #taken = new Set<string>();
  readonly #smallConstants = new Map<string, string>();

  /** Declares an input and gives its name. */
  input(port: OnnxPort): string {
    this.inputs.push(port);
    return this.#claim(port.name);
  }

  /** Adds a node with one output. `hint` becomes the output's name, with a number added where it is taken. */
  add(op: string, inputs: readonly string[], attributes: OnnxNode['attributes'], hint: string): string {
    const output = this.#claim(hint);
    this.nodes.push({ op, inputs: [...inputs], outputs: [output], attributes });
    return output;
  }

  /** Adds a node with `count` outputs. */
  addMany(
    op: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'],
    hint: string,
    count: number,
  ): string[] {
    const outputs = Array.from({ length: count }, (_, i) => this.#claim(`${hint}:${i}`));
    this.nodes.push({ op, inputs: [...inputs], outputs, attributes });
    return outputs;
  }

  /** Adds a constant. Small equal ones (the 0 and 6 of every ReLU6) are stored once. */
  constant(tensor: Tensor, hint: string): string {
    const key = tensor.data.length <= 64 ? `${tensor.dtype}[${tensor.shape}]${tensor.data}` : undefined;
    const same = key === undefined ? undefined : this.#smallConstants.get(key);
    if (same !== undefined) return same;
    const name = this.#claim(hint);
    this.constants.set(name, tensor);
    if (key !== undefined) this.#smallConstants.set(key, name);
    return name;
  }

  /** Declares an output that holds what `value` holds. */
  output(port: OnnxPort, value: string): void {
    this.outputs.push(port);
    if (value !== port.name) {
      this.nodes.push({ op: 'Identity', inputs: [value], outputs: [this.#claim(port.name)], attributes: {} });
    }
  }

  #claim(hint: string): string {
    let name = hint;
    for (let i = 2; this.#taken.has(name); i++) name = `${hint}#${i}`;
    this.#taken.add(name);
    return name;
  }
}
