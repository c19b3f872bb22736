import { withFields } from './onnxBytes.ts';
import type { GraphProto, ModelProto, NodeProto } from './onnxFile.ts';

/** The nodes that make values, by the names of what they make. */
export class GraphParts {
  readonly #graph: GraphProto;
  readonly #makers = new Map<string, NodeProto>();

  constructor(graph: GraphProto) {
    this.#graph = graph;
    for (const node of graph.node ?? [])
      for (const output of node.output ?? []) this.#makers.set(output, node);
  }

  maker(value: string): NodeProto | undefined {
    return this.#makers.get(value);
  }

  /** All that is needed for the values: nodes, and names of what they read. @param given values that are there already */
  behind(
    values: readonly string[],
    given: ReadonlySet<string> = new Set(),
  ): { nodes: ReadonlySet<NodeProto>; names: ReadonlySet<string> } {
    const nodes = new Set<NodeProto>();
    const names = new Set<string>();
    const open = [...values];
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      if (names.has(value)) continue;
      names.add(value);
      const node = given.has(value) ? undefined : this.#makers.get(value);
      if (node === undefined || nodes.has(node)) continue;
      nodes.add(node);
      open.push(...namesIn(node));
    }
    return { nodes, names };
  }

  /** The part of a model that makes these outputs, with the inputs and weights that it reads. */
  cut(model: ModelProto, outputs: readonly string[], given: ReadonlySet<string> = new Set()): ModelProto {
    const graph = this.#graph;
    const { nodes, names } = this.behind(outputs, given);
    const isRead = ({ name }: { name?: string | null }) => names.has(name ?? '') && !given.has(name ?? '');
    const known = new Map(
      [...(graph.valueInfo ?? []), ...(graph.output ?? [])].map((port) => [port.name, port]),
    );
    return withFields(model, {
      graph: withFields(graph, {
        node: (graph.node ?? []).filter((node) => nodes.has(node)),
        initializer: (graph.initializer ?? []).filter(isRead),
        sparseInitializer: (graph.sparseInitializer ?? []).filter(({ values }) => isRead(values ?? {})),
        input: (graph.input ?? []).filter(isRead),
        output: outputs.map((name) => known.get(name) ?? { name }),
        valueInfo: [],
      }),
    });
  }
}

/** What a node reads, in the graphs within it as well. */
function namesIn({ input, attribute }: NodeProto): string[] {
  const inner = (attribute ?? []).flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]);
  return [
    ...(input ?? []),
    ...inner.flatMap((graph) => [
      ...(graph.node ?? []).flatMap(namesIn),
      ...(graph.output ?? []).map(({ name }) => name ?? ''),
    ]),
  ].filter((name) => name !== '');
}
