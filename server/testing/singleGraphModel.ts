import type { ContentFile, DeviceModel } from '../../vision/deviceModel.ts';
import type { SingleGraphManifest } from '../../vision/manifest.ts';

/** What a device gets of a model of schema 1. */
export type SingleGraphModel = DeviceModel & {
  readonly manifest: SingleGraphManifest;
  readonly graph: ContentFile;
};
