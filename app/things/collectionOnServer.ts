import { errorOf } from '../../client/http/answer.ts';
import { createRequester, type HttpOptions, LONG_DEADLINE_MS } from '../../client/http/requester.ts';
import { CollectionDetails, CollectionInfo, CollectionList, SampleAdded } from '../../protocol/things.ts';
import type { Collection } from './collection.ts';

export const EXPORT_KINDS = ['collection', 'onnx', 'pictures'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** The collections of a server. Every method rejects with a `ClientError`. */
export interface ServerThings {
  list(): Promise<CollectionList>;
  /** Makes an empty collection; the id of one that only its link opens gets a random end. */
  create(name: string, visibility: CollectionInfo['visibility']): Promise<CollectionInfo>;
  collection(id: string): Collection;
  /** All that was taught, as a file. */
  exported(id: string, as: ExportKind): Promise<File>;
  /** Makes a collection of an exported one. */
  imported(file: Blob): Promise<CollectionInfo>;
}

export function thingsOnServer(options: HttpOptions): ServerThings {
  const requester = createRequester(options);
  const { request } = requester;
  const pathOf = (id: string, ...more: string[]) =>
    ['v1/things', ...[id, ...more].map(encodeURIComponent)].join('/');

  /** What is no JSON. */
  async function download(path: string): Promise<Response> {
    const url = requester.urlOf(path);
    const response = await fetch(url, { headers: await requester.headers(), redirect: 'error' });
    if (!response.ok) throw await errorOf(response);
    return response;
  }

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
        picture: async (sampleId) => (await download(pathOf(id, 'samples', sampleId))).blob(),
      };
    },
    async exported(id, as) {
      const response = await download(`${pathOf(id, 'export')}?${new URLSearchParams({ as })}`);
      const [, name] = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '') ?? [];
      return new File([await response.blob()], name ?? `${id}-${as}.zip`);
    },
    imported: (file) =>
      request(CollectionInfo, {
        method: 'POST',
        path: 'v1/things/import',
        body: file,
        deadlineMs: LONG_DEADLINE_MS,
      }),
  };
}
