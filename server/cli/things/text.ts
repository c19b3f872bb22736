import type { CollectionDetails, CollectionList } from '../../../protocol/things.ts';
import { columns, inNumber } from '../words.ts';

export const listText = ({ collections }: CollectionList): string =>
  columns([
    ['COLLECTION', 'THINGS', 'SAMPLES', 'SEEN BY'],
    ...collections.map(({ id, things, samples, visibility }) => [
      id,
      String(things),
      String(samples),
      visibility,
    ]),
  ]);

export function detailsText({ id, things, recognised }: CollectionDetails): string {
  const rows = things.map(({ name, isNothing, samples }) => [
    `  ${name}`,
    inNumber(samples.length, 'sample'),
    isNothing ? 'none of the things' : '',
  ]);
  const share =
    recognised === undefined
      ? []
      : [`Of its samples, ${Math.round(recognised * 100)} % are recognised by the others.`];
  return [`${id}  (a model as "things:${id}")`, columns(rows), ...share].filter(Boolean).join('\n');
}
