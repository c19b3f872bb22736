import type { ModelVersion } from '../../protocol/models.ts';
import type { Manifest } from '../../vision/manifest.ts';

/** How a version came to where it is. */
export function provenanceOf({ provenance }: Manifest): Omit<ModelVersion, 'version'> {
  const { source, addedAt, quantized } = provenance;
  return { source, ...(addedAt !== undefined && { addedAt }), ...(quantized && { bits: quantized.bits }) };
}
