import type { GraphProto, ModelProto, NodeProto, TensorProto } from './onnxFile.ts';

type Attribute = NonNullable<NodeProto['attribute']>[number];
type SparseTensor = NonNullable<Attribute['sparseTensor']>;

/** All tensors of a model: of its graph, of the graphs within it, and of its functions. */
export function* tensorsOf({ graph, functions }: ModelProto): Generator<TensorProto> {
  if (graph) yield* ofGraph(graph);
  for (const { node, attributeProto } of functions ?? []) {
    for (const attribute of attributeProto ?? []) yield* ofAttribute(attribute);
    yield* ofNodes(node ?? []);
  }
}

function* ofGraph({ initializer, sparseInitializer, node }: GraphProto): Generator<TensorProto> {
  yield* initializer ?? [];
  for (const sparse of sparseInitializer ?? []) yield* ofSparse(sparse);
  yield* ofNodes(node ?? []);
}

function* ofNodes(nodes: readonly NodeProto[]): Generator<TensorProto> {
  for (const { attribute } of nodes) for (const one of attribute ?? []) yield* ofAttribute(one);
}

function* ofAttribute(attribute: Attribute): Generator<TensorProto> {
  const { t, tensors, g, graphs, sparseTensor, sparseTensors } = attribute;
  if (t) yield t;
  yield* tensors ?? [];
  if (sparseTensor) yield* ofSparse(sparseTensor);
  for (const sparse of sparseTensors ?? []) yield* ofSparse(sparse);
  if (g) yield* ofGraph(g);
  for (const inner of graphs ?? []) yield* ofGraph(inner);
}

function* ofSparse({ values, indices }: SparseTensor): Generator<TensorProto> {
  if (values) yield values;
  if (indices) yield indices;
}
