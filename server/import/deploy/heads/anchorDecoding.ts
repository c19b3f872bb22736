import { float32 } from '../../onnx/tensor.ts';
import { type AnchorHead, type AnchorRows, anchorsOfHead, boxCodeOf } from './anchorHead.ts';
import type { Builder } from './builder.ts';
import type { ScoredBoxesHead } from './head.ts';

/** Adds what makes boxes [N, A, 4], corners in pixels, and scores [N, A, C] of what is relative to anchors. */
export function decodeAnchors(build: Builder, head: AnchorHead): ScoredBoxesHead {
  return {
    kind: 'detection',
    head: 'ssd',
    boxes: corners(build, head, rows(build, head.boxes)),
    scores: rows(build, head.scores),
    order: 'left-top-right-bottom',
    anchors: head.anchors,
    classes: head.classes,
    background: head.background,
    activation: head.activation,
    unit: head.unit,
  };
}

function rows(build: Builder, { outputs, count, layout }: AnchorRows): string {
  const { add } = build;
  const all = outputs.map((output) => {
    const values = build.toFloat32(output);
    if (layout === 'columns') return add('Transpose', [values], { perm: { ints: [0, 2, 1] } });
    const last = layout === 'maps' ? add('Transpose', [values], { perm: { ints: [0, 2, 3, 1] } }) : values;
    return add('Reshape', [last, build.ints(0, -1, count)]);
  });
  const [first = ''] = all;
  return all.length === 1 ? first : add('Concat', all, { axis: { int: 1 } });
}

function corners(build: Builder, head: AnchorHead, raw: string): string {
  const { add } = build;
  const { kind, yFirst, place, size, maxLogarithm, isCut } = boxCodeOf(head);
  const anchors = anchorsOfHead(head);
  const constant = (pick: (anchor: (typeof anchors)[number]) => readonly [number, number]) =>
    build.constant(float32([1, anchors.length, 2], anchors.flatMap(pick)));
  const sides = constant(([, , width, height]) => [width, height]);
  const codes = yFirst ? add('Gather', [raw, build.ints(1, 0, 3, 2)], { axis: { int: 2 } }) : raw;
  const scaled = (from: number, factor: number) => {
    const pair = build.columns(codes, from, from + 2);
    return factor === 1 ? pair : add('Mul', [pair, build.floats(factor)]);
  };
  let ends: string[];
  if (kind === 'corners') {
    const edges = [-0.5, 0.5].map((half) =>
      constant(([x, y, width, height]) => [x + half * width, y + half * height]),
    );
    ends = edges.map((edge, at) =>
      add('Add', [edge, add('Mul', [scaled(at * 2, at === 0 ? place : size), sides])]),
    );
  } else {
    const centre = add('Add', [add('Mul', [scaled(0, place), sides]), constant(([x, y]) => [x, y])]);
    const logarithm = scaled(2, size);
    const bound =
      maxLogarithm === undefined ? logarithm : add('Min', [logarithm, build.floats(maxLogarithm)]);
    const half = add('Mul', [add('Mul', [add('Exp', [bound]), sides]), build.floats(0.5)]);
    ends = [add('Sub', [centre, half]), add('Add', [centre, half])];
  }
  const [width, height] = head.unit;
  const inside = (end: string) =>
    add('Min', [add('Max', [end, build.floats(0)]), build.floats(width, height)]);
  return add('Concat', isCut ? ends.map(inside) : ends, { axis: { int: 2 } });
}
