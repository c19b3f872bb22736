import type { CollectionEmbedders } from '../../protocol/things.ts';

/**
 * Whether a comparison came to nothing as it was to be cancelled: it may have failed or been done before the server heard of that.
 * @param before what was known while it went on, with results of an earlier one at the most
 * @param answer to the request to cancel it
 */
export const wasCancelled = (before: CollectionEmbedders, answer: CollectionEmbedders): boolean =>
  answer.comparing === undefined && answer.problem === undefined && resultsOf(before) === resultsOf(answer);

const resultsOf = ({ samples, embedders }: CollectionEmbedders): string =>
  JSON.stringify([samples, embedders.map(({ model, recognised, verdict }) => [model, recognised, verdict])]);
