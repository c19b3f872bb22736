import type { TfGraph } from './tfjsGraph.ts';

/** What the decoded boxes and the scores of a detector of TensorFlow's Object Detection API are called, whatever its file calls them. */
export const RAW_BOXES = 'raw_detection_boxes';
const RAW_SCORES = 'raw_detection_scores';

/**
 * A single-shot detector of the Object Detection API up to its suppression, which whoever reads the graph does: decoded boxes (top,
 * left, bottom, right in 0..1), and scores without the background. Any other graph stays as it is.
 */
export function withoutSuppression(graph: TfGraph): TfGraph {
  const { nodes } = graph;
  for (const { name, op } of nodes.values()) {
    const slice = op === 'Slice' ? /^(.*\/)?Postprocessor\/Slice$/.exec(name) : null;
    if (slice === null) continue;
    // [N, anchors, 1, 4], for suppressions that take a box for each class.
    const boxes = nodes.get(`${slice[1] ?? ''}Postprocessor/ExpandDims_1`);
    const [tensor] = boxes?.op === 'ExpandDims' ? boxes.inputs : [];
    if (tensor === undefined) continue;
    return {
      ...graph,
      outputs: [
        { name: RAW_BOXES, tensor },
        { name: RAW_SCORES, tensor: name },
      ],
    };
  }
  return graph;
}
