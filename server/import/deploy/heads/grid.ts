import { float32 } from '../../onnx/tensor.ts';
import type { Builder } from './builder.ts';
import { anchorsOf, type Columns, type GridHead } from './gridHead.ts';
import type { ScoredBoxesHead } from './head.ts';

/** Adds what makes boxes [N, A, 4], corners in pixels, and scores [N, A, C] of what stands in grids. */
export function decodeGrid(build: Builder, head: GridHead): ScoredBoxesHead {
  const { add } = build;
  const table = (columns: Columns) => gridTable(build, columns, head.batched);
  const score = (columns: Columns): string => {
    const raw = table(columns);
    return head.activation === 'sigmoid'
      ? add('Sigmoid', [raw])
      : add('Clip', [raw, build.limit(0), build.limit(1)]);
  };

  let scores = score(head.scores);
  if (head.objectness) {
    scores = add('Mul', [scores, score(head.objectness)]);
    if (head.objectness.root) scores = add('Sqrt', [scores]);
  }
  return {
    kind: 'detection',
    head: 'ssd',
    boxes: corners(build, head, table(head.boxes)),
    scores,
    order: 'left-top-right-bottom',
    anchors: head.anchors,
    classes: head.classes,
    background: 'none',
    activation: 'none',
    unit: head.unit,
  };
}

/** Columns of all grids in one table, float32 [N, A, columns]. */
export function gridTable(build: Builder, { outputs, count, from, to }: Columns, isBatched: boolean): string {
  const rows = outputs.map((output) =>
    build.add('Reshape', [build.toFloat32(output), build.ints(isBatched ? 0 : 1, -1, count)]),
  );
  const [first = ''] = rows;
  const all = rows.length === 1 ? first : build.add('Concat', rows, { axis: { int: 1 } });
  return from === 0 && to === count ? all : build.columns(all, from, to);
}

function corners(build: Builder, { cells, coding, anchors, boxes }: GridHead, raw: string): string {
  const { add } = build;
  const places = anchorsOf(cells);
  const anchor = build.constant(
    float32(
      [1, anchors, 2],
      places.flatMap((place) => place.slice(0, 2)),
    ),
  );
  const stride = build.constant(
    float32(
      [1, anchors, 1],
      places.map(([, , side]) => side),
    ),
  );
  if (coding === 'logarithms' || coding === 'pixels') {
    const place = build.columns(raw, 0, 2);
    const size = build.columns(raw, 2, 4);
    const isLogarithm = coding === 'logarithms';
    const centre = add('Add', [isLogarithm ? add('Mul', [place, stride]) : place, anchor]);
    const sides = isLogarithm ? add('Mul', [add('Exp', [size]), stride]) : size;
    const half = add('Mul', [sides, build.floats(0.5)]);
    return add('Concat', [add('Sub', [centre, half]), add('Add', [centre, half])], { axis: { int: 2 } });
  }
  let distances = raw;
  if (coding === 'distributions') {
    const bins = (boxes.to - boxes.from) / 4;
    // Softmax means the last axis alone from opset 13 on, and all behind its axis before: the bins stand last.
    const shares = add('Softmax', [add('Reshape', [raw, build.ints(0, -1, bins)])], { axis: { int: 2 } });
    const steps = build.constant(
      float32(
        [bins, 1],
        Array.from({ length: bins }, (_, bin) => bin),
      ),
    );
    distances = add('Reshape', [add('MatMul', [shares, steps]), build.ints(0, -1, 4)]);
  }
  const away = add('Mul', [distances, stride]);
  const ends = [
    add('Sub', [anchor, build.columns(away, 0, 2)]),
    add('Add', [anchor, build.columns(away, 2, 4)]),
  ];
  return add('Concat', ends, { axis: { int: 2 } });
}
