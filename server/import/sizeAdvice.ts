import { aboutGraph } from '../../protocol/sentences/graphs.ts';

/** What to do where a model leaves the size of its pictures open. */
export const SIZE_ADVICE = aboutGraph('size_advice');
