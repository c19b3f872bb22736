import type { CollectionDetails } from '../../protocol/things.ts';

/** What there is to say of a collection that is learned again: that it began, or ended; undefined: nothing, as of another collection. */
export function relearningNews(
  before: CollectionDetails | undefined,
  now: CollectionDetails | undefined,
): 'relearningBegun' | 'relearningEnded' | undefined {
  const was = before?.id === now?.id && before?.relearning !== undefined;
  const is = now?.relearning !== undefined;
  if (was === is) return undefined;
  return is ? 'relearningBegun' : 'relearningEnded';
}
