import * as v from 'valibot';
import { Golden, Manifest } from './manifest.ts';

/** A file that is known by its content. */
const ContentFile = v.object({
  /** In hexadecimal. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  bytes: v.number(),
});
export type ContentFile = v.InferOutput<typeof ContentFile>;

/**
 * All that a device needs to run one version of a model by itself, and to prove that it gives the same answers:
 * `GET /v1/models/ID/device`. Files are fetched by their hash: `GET /v1/models/ID/files/SHA256`.
 */
export const DeviceModel = v.object({
  manifest: Manifest,
  /** See `versionOf` of the server; two of the same version give the same answers. */
  version: v.string(),
  labels: v.array(v.string()),
  graph: ContentFile,
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
