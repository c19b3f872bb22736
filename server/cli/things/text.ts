import type { CollectionDetails, CollectionEmbedders, CollectionList } from '../../../protocol/things.ts';
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

const VERDICTS = { better: 'better', worse: 'worse', alike: 'no clear difference' } as const;

export function embeddersText({ inUse, embedders, samples }: CollectionEmbedders): string {
  const rows = embedders.map(({ model, serves, recognised, verdict }) => [
    model,
    recognised === undefined ? '' : `${Math.round(recognised * 100)} %`,
    model === inUse
      ? `in use${serves ? '' : ', but not on this server any more'}`
      : verdict
        ? VERDICTS[verdict]
        : '',
  ]);
  const on =
    samples === undefined ? [] : [`Recognised of ${inNumber(samples, 'sample')}, each by all others.`];
  return [columns([['MODEL', 'RECOGNISED', ''], ...rows]), ...on].join('\n');
}
