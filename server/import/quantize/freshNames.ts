import type { GraphProto } from '../onnx/onnxFile.ts';

/** Names for what is added to a graph: none that it has already, in whatever role, be it in a graph within it. */
export class FreshNames {
  readonly #taken: Set<string>;
  readonly #given = new Map<string, string>();

  constructor(graph: GraphProto) {
    this.#taken = new Set(namesOf(graph));
  }

  /** The wanted name, or one like it where that is taken; the same for the same wanted name. */
  of(wanted: string): string {
    const given = this.#given.get(wanted);
    if (given !== undefined) return given;
    let name = wanted;
    for (let count = 2; this.#taken.has(name); count++) name = `${wanted}_${count}`;
    this.#taken.add(name);
    this.#given.set(wanted, name);
    return name;
  }
}

function* namesOf({ input, output, initializer, node }: GraphProto): Generator<string> {
  for (const { name } of [...(input ?? []), ...(output ?? []), ...(initializer ?? [])]) yield name ?? '';
  for (const one of node ?? []) {
    yield one.name ?? '';
    yield* one.input ?? [];
    yield* one.output ?? [];
    for (const { g, graphs } of one.attribute ?? []) {
      for (const inner of [g, ...(graphs ?? [])]) if (inner) yield* namesOf(inner);
    }
  }
}
