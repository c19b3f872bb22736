import { type TfGraph, TfNode } from './tfjsGraph.ts';

/*
 * TensorFlow's Object Detection API prepares each picture of a batch in a loop of its own (tf.map_fn) before the network. With
 * one picture the loop runs once, so that its ops can stand in the graph as they are: what enters an iteration is what entered the
 * loop, and what leaves the loop is what the iteration gives. Its list of pictures is the batch itself.
 */

const FIRST_AXIS = 'livelens/first-axis';

/** Names of nodes without the port of a tensor. */
const nodeIn = (tensor: string) => tensor.replace(/:\d+$/, '');

/**
 * The graph without its loops over the pictures of a batch, for batches of one; undefined where there is no such loop. Other loops stay.
 */
export function withoutPictureLoops(
  graph: TfGraph,
): { readonly graph: TfGraph; readonly size: { height: number; width: number } | undefined } | undefined {
  const { nodes, weights } = graph;
  const node = (tensor: string | undefined) => nodes.get(nodeIn(tensor ?? ''));
  const isPictures = (tensor: string | undefined): boolean => {
    let from = node(tensor);
    // A file may have a cycle: what orders the nodes refuses it.
    for (const passed = new Set<TfNode>(); from && !passed.has(from); from = node(from.inputs[0])) {
      if (from.op !== 'Cast' && from.op !== 'Identity') break;
      passed.add(from);
    }
    return from?.op === 'Placeholder';
  };
  const ofNoPicture = new Set<TfNode>();
  /** Whether a tensor of a loop is made of one of its pictures; what is made of the loop's results is not. */
  const isOfPicture = (tensor: string | undefined): boolean => {
    const open = [tensor];
    while (open.length > 0) {
      const from = node(open.pop());
      if (from === undefined || from.op === 'Exit' || ofNoPicture.has(from)) continue;
      if (from.op === 'TensorListGetItem' || from.op === 'TensorArrayReadV3') return true;
      ofNoPicture.add(from);
      open.push(...from.inputs);
    }
    return false;
  };
  const all = [...nodes.values()];
  const lists = new Map(
    all.flatMap(({ name, op, inputs }) => {
      const pictures =
        op === 'TensorListFromTensor' ? inputs[0] : op === 'TensorArrayScatterV3' ? inputs[2] : '';
      return pictures && isPictures(pictures) ? [[name, pictures] as const] : [];
    }),
  );
  const entersOf = all.filter(({ op }) => op === 'Enter');
  const frames = new Set(
    entersOf
      .filter(({ inputs }) => lists.has(nodeIn(inputs[0] ?? '')))
      .map((one) => one.text('frame_name', '')),
  );
  if (frames.size === 0) return undefined;
  const isEnter = (one: TfNode | undefined) => one?.op === 'Enter' && frames.has(one.text('frame_name', ''));
  /** What a Merge of the loops takes at first, and later. */
  const merges = new Map(
    all.flatMap((one) => {
      const [first, later] = [true, false].map((wanted) =>
        one.inputs.find((input) => isEnter(node(input)) === wanted),
      );
      return one.op === 'Merge' && first && later ? [[one.name, { first, later }] as const] : [];
    }),
  );
  const mergeOf = (tensor: string | undefined) => merges.get(nodeIn(tensor ?? ''));

  const resolve = (tensor: string): string => {
    const passed = new Set<string>();
    let found = tensor;
    while (!passed.has(found)) {
      passed.add(found);
      const from = node(found);
      const next = lists.get(nodeIn(found)) ?? (from && follow(from));
      if (next === undefined) break;
      found = next;
    }
    return found;
  };
  /** Where the value of a node of the loops comes from, in the one iteration. */
  function follow({ name, op, inputs }: TfNode): string | undefined {
    const [first] = inputs;
    switch (op) {
      case 'Enter':
        return isEnter(nodes.get(name)) ? first : undefined;
      case 'Merge':
        return merges.get(name)?.first;
      case 'Switch':
        return mergeOf(first)?.first;
      case 'Exit':
        return mergeOf(node(first)?.inputs[0])?.later;
      case 'NextIteration':
        return written.has(name) ? first : undefined;
      case 'TensorListStack':
        return leaves(first) ? first : undefined;
      case 'TensorArrayGatherV3':
        return leaves(inputs[2]) ? inputs[2] : undefined;
      default:
        return undefined;
    }
  }
  const written = new Set([...merges.values()].map(({ later }) => nodeIn(later)));
  const leaves = (tensor: string | undefined) =>
    node(tensor)?.op === 'Exit' && mergeOf(node(node(tensor)?.inputs[0])?.inputs[0]) !== undefined;
  const writers = new Set([...written].map((name) => nodeIn(nodes.get(name)?.inputs[0] ?? '')));

  let size: { height: number; width: number } | undefined;
  const rewritten = new Map<string, TfNode>();
  for (const one of all) {
    const { name, op, inputs } = one;
    const list = op === 'TensorListGetItem' ? inputs[0] : op === 'TensorArrayReadV3' ? inputs[2] : undefined;
    if (list !== undefined && isPictures(resolve(list))) {
      rewritten.set(
        name,
        new TfNode({
          name,
          op: 'Squeeze',
          inputs: [resolve(list)],
          attributes: { squeeze_dims: { list: { i: [0] } } },
        }),
      );
    } else if ((op === 'TensorListSetItem' || op === 'TensorArrayWriteV3') && writers.has(name)) {
      rewritten.set(
        name,
        new TfNode({
          name,
          op: 'ExpandDims',
          inputs: [resolve(inputs[2] ?? ''), FIRST_AXIS],
          attributes: {},
        }),
      );
    } else {
      rewritten.set(name, one.withInputs(inputs.map(resolve)));
    }
    if (size !== undefined || op !== 'ResizeBilinear') continue;
    const sides = weights.get(nodeIn(inputs[1] ?? ''));
    const [height, width] = sides?.dtype === 'int32' ? sides.data : [];
    if (height && width && isOfPicture(inputs[0])) size = { height, width };
  }
  return {
    graph: {
      ...graph,
      nodes: rewritten,
      weights: new Map([...weights, [FIRST_AXIS, { dtype: 'int32', shape: [], data: Int32Array.of(0) }]]),
      outputs: graph.outputs.map(({ name, tensor }) => ({ name, tensor: resolve(tensor) })),
    },
    size,
  };
}
