import type { LensState } from '../lens/lensState.ts';

export type Selected = Pick<LensState, 'modelId' | 'secondary' | 'codes'>;

/** What labels the picture, to see whether another choice was made; undefined while that is the server's choice. */
export const selectionOf = ({ modelId, secondary, codes }: Selected): string | undefined =>
  modelId === undefined ? undefined : [modelId, codes, ...secondary].join(' ');
