import * as v from 'valibot';

/** More than any published model has; those of a whole face have 478. */
export const MAX_POINTS = 600;

const Index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_POINTS - 1));

/** Pairs of points, counted from 0, that a line joins. */
export const PointEdges = v.pipe(v.array(v.tuple([Index, Index])), v.maxLength(4 * MAX_POINTS));

/** What the key points of a model are: each thing that it finds has all of them, in this order. */
export const PointsLayout = v.pipe(
  v.object({
    count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_POINTS)),
    /** What each is called, such as `left_shoulder`; absent where that is not known. */
    names: v.optional(v.array(v.pipe(v.string(), v.maxLength(200)))),
    /** The skeleton. Empty where it is not known. */
    edges: PointEdges,
    /** A point with a lower score is hidden or not found: its place means nothing, and it is not to be drawn. */
    minScore: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  }),
  v.check(
    ({ count, names, edges }) =>
      (names === undefined || names.length === count) && edges.flat().every((point) => point < count),
    'a name for each of the points, and edges between them',
  ),
);
export type PointsLayout = v.InferOutput<typeof PointsLayout>;
