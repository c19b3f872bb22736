import * as v from 'valibot';
import {
  CollectionDetails,
  CollectionEmbedders,
  type CollectionInfo,
  CollectionList,
  type ExportKind,
  SampleAdded,
} from '../../protocol/things.ts';
import { type CallOptions, LONG_DEADLINE_MS, type Requester } from './requester.ts';

/**
 * Collections of things that were taught. Every method rejects with a `ClientError`, or with the reason of its `signal`. Those that
 * change one take proof of the right to change models. The client package, whose size is promised, does without.
 */
export interface ThingsClient {
  /**
   * The collections that everyone may see.
   */
  list(options?: CallOptions): Promise<CollectionList>;

  /**
   * One collection, with its things and their samples.
   */
  show(collection: string, options?: CallOptions): Promise<CollectionDetails>;

  /**
   * Teaches by one picture: JPEG, PNG or WebP. Makes the collection, and the thing, where there is none.
   *
   * @param options.name what the thing is called
   * @param options.isNothing the picture shows none of the things
   * @param options.box where the thing is: x, y, width and height in 0..1 of the picture. Default: the whole picture
   * @param options.wrong what it was taken for: the sample that this came from is moved to the right thing
   */
  addSample(
    collection: string,
    picture: Blob | Uint8Array<ArrayBuffer>,
    options: CallOptions & {
      name: string;
      isNothing?: boolean | undefined;
      box?: readonly [number, number, number, number] | undefined;
      wrong?: string | undefined;
    },
  ): Promise<SampleAdded>;

  /**
   * The zip that a collection leaves as: a collection for another server, a model in ONNX, or a folder of pictures for each thing.
   *
   * @param options.read takes the bytes as they come; what it throws is thrown, also where they end early
   */
  export<T>(
    collection: string,
    as: ExportKind,
    options: CallOptions & { read: (answer: Response) => Promise<T> },
  ): Promise<T>;

  /**
   * Makes a collection of one that was exported.
   *
   * @param options.name the id that it gets. Default: the one that it had
   * @param options.visibility who sees it. Default: as it was
   */
  import(
    file: Blob,
    options?: CallOptions & {
      name?: string | undefined;
      visibility?: CollectionInfo['visibility'] | undefined;
    },
  ): Promise<CollectionDetails>;

  /**
   * Which models can embed the things of a collection, which one does, how well they do, and what is being done about it.
   */
  embedders(collection: string, options?: CallOptions): Promise<CollectionEmbedders>;

  /**
   * Has all of them tried on the samples of the collection, in the background.
   */
  compareEmbedders(collection: string, options?: CallOptions): Promise<CollectionEmbedders>;

  /**
   * Ends that comparison, whoever began it.
   */
  cancelComparison(collection: string, options?: CallOptions): Promise<CollectionEmbedders>;

  /**
   * Has all samples embedded by another model, in the background. The collection uses it once that is done.
   */
  chooseEmbedder(collection: string, model: string, options?: CallOptions): Promise<CollectionEmbedders>;

  /**
   * Removes a collection with all its things.
   */
  remove(collection: string, options?: CallOptions): Promise<void>;
}

export function createThingsClient({ request, receive }: Requester): ThingsClient {
  const pathOf = (id: string, what = '') => `v1/things/${encodeURIComponent(id)}${what}`;
  return {
    list: (call) => request(CollectionList, { method: 'GET', path: 'v1/things', ...call }),
    show: (id, call) => request(CollectionDetails, { method: 'GET', path: pathOf(id), ...call }),
    addSample(id, picture, { name, isNothing, box, wrong, ...call }) {
      const query = new URLSearchParams({ name });
      if (isNothing) query.set('nothing', '1');
      if (box) query.set('box', box.join());
      if (wrong !== undefined) query.set('wrong', wrong);
      const path = `${pathOf(id, '/samples')}?${query}`;
      return request(SampleAdded, { method: 'POST', path, body: picture, ...call });
    },
    export(id, as, { read, ...call }) {
      const path = `${pathOf(id, '/export')}?${new URLSearchParams({ as })}`;
      return receive({ method: 'GET', path, ...call }, read);
    },
    import(file, { name, visibility, ...call } = {}) {
      const query = new URLSearchParams();
      if (name !== undefined) query.set('name', name);
      if (visibility !== undefined) query.set('visibility', visibility);
      const path = `v1/things/import?${query}`;
      return request(CollectionDetails, {
        method: 'POST',
        path,
        body: file,
        deadlineMs: LONG_DEADLINE_MS,
        ...call,
      });
    },
    embedders: (id, call) =>
      request(CollectionEmbedders, { method: 'GET', path: pathOf(id, '/embedders'), ...call }),
    compareEmbedders: (id, call) =>
      request(CollectionEmbedders, { method: 'POST', path: pathOf(id, '/embedders/compare'), ...call }),
    cancelComparison: (id, call) =>
      request(CollectionEmbedders, {
        method: 'DELETE',
        path: pathOf(id, '/embedders/compare'),
        // Whoever is interrupted cancels, and is closed by then.
        outlivesClient: true,
        ...call,
      }),
    chooseEmbedder: (id, model, call) =>
      request(CollectionEmbedders, {
        method: 'POST',
        path: pathOf(id, '/embedder'),
        json: { model },
        ...call,
      }),
    remove: (id, call) => request(v.void(), { method: 'DELETE', path: pathOf(id), ...call }),
  };
}
