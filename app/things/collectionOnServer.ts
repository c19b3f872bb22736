import { createRequester, type HttpOptions } from '../../client/http/requester.ts';
import { createThingsClient } from '../../client/http/thingsClient.ts';
import {
  CollectionDetails,
  CollectionInfo,
  type CollectionList,
  type ExportKind,
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
  const requester = createRequester(options);
  const { request, receive } = requester;
  const client = createThingsClient(requester);
  const pathOf = (id: string, ...more: string[]) =>
    ['v1/things', ...[id, ...more].map(encodeURIComponent)].join('/');

  return {
    list: () => client.list(),
    create: (name, visibility) =>
      request(CollectionInfo, {
        method: 'POST',
        path: `v1/things?${new URLSearchParams({ visibility, name })}`,
      }),
    collection(id) {
      const change = (method: 'POST' | 'PATCH' | 'DELETE', path: string, json?: unknown) =>
        request(CollectionDetails, { method, path, json });
      return {
        details: () => client.show(id),
        addSample: ({ picture, box }, as) => client.addSample(id, picture, { ...as, box }),
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
    exported: (id, as) =>
      client.export(id, as, {
        async read(answer) {
          const [, name] = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '') ?? [];
          return new File([await answer.blob()], name ?? `${id}-${as}.zip`);
        },
      }),
    imported: (file, name) => client.import(file, { name }),
  };
}
