import * as v from 'valibot';
import { MAIN_GRAPH, Manifest } from './manifest.ts';
import { Golden } from './tasks/taskOf.ts';

/** A file that is known by its content. */
const ContentFile = v.object({
  /** In hexadecimal. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  bytes: v.number(),
});
export type ContentFile = v.InferOutput<typeof ContentFile>;

/**
 * All that a device needs to run one version of a model, and to prove that it gives the same answers:
 * `GET /v1/models/ID/device`. Files are fetched by their hash: `GET /v1/models/ID/files/SHA256`.
 */
export const DeviceModel = v.object({
  manifest: Manifest,
  /** See `versionOf` of the server; two of the same version give the same answers. */
  version: v.string(),
  labels: v.array(v.string()),
  /** As the manifest: `graph` of schema 1, `graphs` of schema 2. */
  graph: v.optional(ContentFile),
  graphs: v.optional(v.record(v.string(), ContentFile)),
  goldens: v.array(
    v.object({
      /** A PNG of exactly the input's size. */
      image: ContentFile,
      /** As recorded where the model was made. */
      expected: Golden,
      /** What the server's runtime gives for it; `recordedBy` names that, such as `onnxruntime-node 1.30.0`. */
      server: v.optional(Golden),
    }),
  ),
});
export type DeviceModel = v.InferOutput<typeof DeviceModel>;

/** The graphs of a model by their names. */
export const deviceGraphsOf = ({
  graph,
  graphs = {},
}: Pick<DeviceModel, 'graph' | 'graphs'>): Readonly<Record<string, ContentFile>> =>
  graph === undefined ? graphs : { [MAIN_GRAPH]: graph };
