import { ClientError } from '../../client/clientError.ts';
import { createRequester, type HttpOptions } from '../../client/http/requester.ts';
import { createThingsClient, type ThingsClient } from '../../client/http/thingsClient.ts';
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
  /** What embeds the things of a collection. */
  readonly embedders: Pick<
    ThingsClient,
    'embedders' | 'compareEmbedders' | 'cancelComparison' | 'chooseEmbedder'
  >;
  /** Removes one for good. */
  remove(id: string): Promise<void>;
  /** All that was taught, as a file. @param onBytes called with the number of bytes that have come */
  exported(id: string, as: ExportKind, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<File>;
  /** Makes a collection of an exported one. @param wanted.name as of `create`. @param wanted.visibility default: as it was */
  imported(
    file: Blob,
    wanted: { name: string; visibility?: CollectionInfo['visibility'] },
    signal: AbortSignal,
  ): Promise<CollectionDetails>;
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
        progress: () => client.show(id),
        addSample: ({ picture, box }, as, wrong) => client.addSample(id, picture, { ...as, box, wrong }),
        rename: (thingId, name) => change('PATCH', pathOf(id, 'things', thingId), { name }),
        removeThing: (thingId) => change('DELETE', pathOf(id, 'things', thingId)),
        removeSample: (sampleId) => change('DELETE', pathOf(id, 'samples', sampleId)),
        undo: (revision) =>
          change(
            'POST',
            pathOf(id, 'undo') + (revision === undefined ? '' : `?${new URLSearchParams({ revision })}`),
          ),
        picture: (sampleId) =>
          receive({ method: 'GET', path: pathOf(id, 'samples', sampleId), cache: 'default' }, (answer) =>
            answer.blob(),
          ),
      };
    },
    embedders: client,
    remove: (id) => client.remove(id),
    exported: (id, as, onBytes, signal) =>
      client.export(id, as, {
        signal,
        async read(answer) {
          const [, name] = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '') ?? [];
          return new File(await blobsOf(answer, onBytes), name ?? `${id}-${as}.zip`);
        },
      }),
    imported: (file, wanted, signal) => client.import(file, { ...wanted, signal }),
  };
}

/** The body of an answer as it comes, piece by piece: blobs may lie on the disk. */
async function blobsOf({ body }: Response, onBytes: (bytes: number) => void): Promise<Blob[]> {
  const blobs: Blob[] = [];
  const pieces = body?.getReader();
  const read = () =>
    pieces?.read().catch((cause: unknown) => {
      throw new ClientError('unreachable', 'The connection to the server was cut. Try again.', { cause });
    });
  let bytes = 0;
  for (let piece = await read(); piece && !piece.done; piece = await read()) {
    blobs.push(new Blob([piece.value]));
    bytes += piece.value.byteLength;
    onBytes(bytes);
  }
  return blobs;
}
