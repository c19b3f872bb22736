import { createRequester, type HttpOptions, LONG_DEADLINE_MS } from '../../client/http/requester.ts';
import {
  CollectionDetails,
  CollectionInfo,
  CollectionList,
  type ExportKind,
  SampleAdded,
} from '../../protocol/things.ts';
import type { Collection } from './collection.ts';

/** The collections of a server. Every method rejects with a `ClientError`. */
export interface ServerThings {
  list(): Promise<CollectionList>;
  /** Makes an empty collection; the id of one that only its link opens gets a random end. */
  create(name: string, visibility: CollectionInfo['visibility']): Promise<CollectionInfo>;
  collection(id: string): Collection;
  /** All that was taught, as a file. */
  exported(id: string, as: ExportKind): Promise<File>;
  /** Makes a collection of an exported one. @param name as of `create` */
  imported(file: Blob, name: string): Promise<CollectionDetails>;
}

export function thingsOnServer(options: HttpOptions): ServerThings {
  const { request, receive } = createRequester(options);
  const pathOf = (id: string, ...more: string[]) =>
    ['v1/things', ...[id, ...more].map(encodeURIComponent)].join('/');

  return {
    list: () => request(CollectionList, { method: 'GET', path: 'v1/things' }),
    create: (name, visibility) =>
      request(CollectionInfo, {
        method: 'POST',
        path: `v1/things?${new URLSearchParams({ visibility, name })}`,
      }),
    collection(id) {
      const change = (method: 'POST' | 'PATCH' | 'DELETE', path: string, json?: unknown) =>
        request(CollectionDetails, { method, path, json });
      return {
        details: () => request(CollectionDetails, { method: 'GET', path: pathOf(id) }),
        addSample({ picture, box }, { name, isNothing }) {
          const query = new URLSearchParams({
            ...(isNothing ? { nothing: '1' } : { name }),
            box: box.join(),
          });
          return request(SampleAdded, {
            method: 'POST',
            path: `${pathOf(id, 'samples')}?${query}`,
            body: picture,
          });
        },
        rename: (thingId, name) => change('PATCH', pathOf(id, 'things', thingId), { name }),
        removeThing: (thingId) => change('DELETE', pathOf(id, 'things', thingId)),
        removeSample: (sampleId) => change('DELETE', pathOf(id, 'samples', sampleId)),
        undo: () => change('POST', pathOf(id, 'undo')),
        picture: (sampleId) =>
          receive({ method: 'GET', path: pathOf(id, 'samples', sampleId), cache: 'default' }, (answer) =>
            answer.blob(),
          ),
      };
    },
    exported(id, as) {
      const path = `${pathOf(id, 'export')}?${new URLSearchParams({ as })}`;
      return receive({ method: 'GET', path }, async (answer) => {
        const [, name] = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '') ?? [];
        return new File([await answer.blob()], name ?? `${id}-${as}.zip`);
      });
    },
    imported: (file, name) =>
      request(CollectionDetails, {
        method: 'POST',
        path: `v1/things/import?${new URLSearchParams({ name })}`,
        body: file,
        deadlineMs: LONG_DEADLINE_MS,
      }),
  };
}
