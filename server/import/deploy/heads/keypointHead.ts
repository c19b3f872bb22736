import type { PointsLayout } from '../../../../protocol/points.ts';
import type { Cells, Columns, GridHead } from './gridHead.ts';
import type { PickedHead, YoloHead } from './head.ts';

/** Things with key points. */
export interface KeypointHead {
  readonly kind: 'keypoints';
  /** Line count of the labels file. */
  readonly classes: number;
  /** How things are found; undefined: one thing fills the picture, and its box is that of its points. */
  readonly boxes: YoloHead | PickedHead | GridHead | undefined;
  readonly points: PointNumbers | PointMaps | GridPoints;
  /** Where there are no boxes: one number for each picture that says whether the thing is there. Absent: its points say that. */
  readonly presence?: { readonly output: string; readonly activation: 'none' | 'sigmoid' };
  /** What clients are told of the points. */
  readonly layout: PointsLayout;
}

/** Points as numbers, as many for each thing as there are points, times `size`. */
export interface PointNumbers {
  readonly form: 'numbers';
  readonly output: string;
  /** Where they stand in rows of a table that has other columns, too: [N, R, columns], or [N, columns, R]. */
  readonly table?: { readonly first: number; readonly columns: number; readonly anchorsFirst: boolean };
  /** Whether the first axis of the output is the batch's. */
  readonly batched: boolean;
  /** How many numbers a point has. */
  readonly size: number;
  readonly order: 'xy' | 'yx';
  /** Where its score stands among them, from 0; undefined: in `scores`, or nowhere. */
  readonly score: number | undefined;
  /** An output of scores, one for each point; undefined where there is none: all points are as sure as their thing. */
  readonly scores: string | undefined;
  readonly activation: 'none' | 'sigmoid';
  /** What places are divided by to be in 0..1. */
  readonly unit: readonly [x: number, y: number];
}

/** A map for each point, which is highest where the point is: [N, K, height, width], or [N, height, width, K]. */
export interface PointMaps {
  readonly form: 'maps';
  readonly output: string;
  readonly channelsLast: boolean;
  readonly width: number;
  readonly height: number;
  /**
   * The first and the last cell are the edges of the picture, as in unbiased data processing (Huang et al. 2020, arXiv
   * 1911.07524), which ViTPose is trained with. Else a cell begins where its part of the picture does.
   */
  readonly isAligned: boolean;
  readonly activation: 'none' | 'sigmoid';
}

/** Points of the anchors of grids, as x and y from the anchor, with no score: in pixels of the input, or in sides of a cell. */
export interface GridPoints {
  readonly form: 'grid';
  readonly columns: Columns;
  readonly cells: Cells;
  readonly batched: boolean;
  readonly per: 'pixel' | 'cell';
  /** What places are divided by to be in 0..1. */
  readonly unit: readonly [x: number, y: number];
}

/** Names of the outputs that hold the points, and of the one that says whether the thing is there. */
export function pointOutputs({ points, presence }: KeypointHead): readonly string[] {
  const read =
    points.form === 'grid'
      ? points.columns.outputs
      : points.form === 'numbers' && points.scores !== undefined
        ? [points.output, points.scores]
        : [points.output];
  return presence ? [...read, presence.output] : read;
}

/** How far the highest cell is moved towards its higher neighbour, in cells: as mmpose and those before it do. */
export const REFINED_BY = 0.25;
/** Of one thing that fills the picture: its score is the mean of this share of its points, the surest ones. */
const SURE_SHARE = 0.5;
export const sureCount = (count: number): number => Math.ceil(count * SURE_SHARE);
/** Its box is around the points that have at least this share of its score. */
export const HOLDS_FROM = 0.5;
