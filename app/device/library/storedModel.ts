import * as v from 'valibot';
import { type ContentFile, DeviceModel, deviceGraphsOf } from '../../../vision/deviceModel.ts';

/** Why a version is not used; as the phase of the same kind. */
const Refusal = v.variant('kind', [
  v.object({ kind: v.literal('unproven'), why: v.string() }),
  v.object({ kind: v.literal('failed'), code: v.string(), why: v.string() }),
]);
export type Refusal = v.InferOutput<typeof Refusal>;

/** A model that is kept on this device. */
export const StoredModel = v.object({
  current: DeviceModel,
  /** The version before, for going back. */
  previous: v.optional(DeviceModel),
  /** Versions that were refused here, with why; they are not tried again until a person asks. */
  refused: v.record(v.string(), Refusal),
  /** When its first version came, ms since 1970. */
  sinceMs: v.number(),
});
export type StoredModel = v.InferOutput<typeof StoredModel>;

/** What the page says of a version that a person went back from. */
export const ROLLED_BACK: Refusal = { kind: 'unproven', why: 'You rolled back from this version.' };

/** What to do about the version that the server now serves. */
export type UpdatePlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'take' };

export function planUpdate({ current, refused }: StoredModel, served: string): UpdatePlan {
  if (served === current.version) return { kind: 'none' };
  const refusal = refused[served];
  return refusal === undefined ? { kind: 'take' } : { kind: 'refused', refusal };
}

/** A newer version was proven. What was refused before it is of the past. */
export function activated(record: StoredModel, model: DeviceModel): StoredModel {
  return { ...record, current: model, previous: record.current, refused: {} };
}

/** The version before was proven again; the newer one waits for a person, or for a yet newer one. */
export function rolledBack(record: StoredModel, previous: DeviceModel): StoredModel {
  const refused = { ...record.refused, [record.current.version]: ROLLED_BACK };
  return { ...record, current: previous, previous: undefined, refused };
}

export function refused(record: StoredModel, version: string, refusal: Refusal): StoredModel {
  return { ...record, refused: { ...record.refused, [version]: refusal } };
}

export function allowed(record: StoredModel, version: string): StoredModel {
  const { [version]: _, ...others } = record.refused;
  return { ...record, refused: others };
}

/** The files of a version, each once. */
export function filesOf(model: DeviceModel): ContentFile[] {
  const all = [...Object.values(deviceGraphsOf(model)), ...model.goldens.map(({ image }) => image)];
  return [...new Map(all.map((file) => [file.sha256, file])).values()];
}

/** What the files of a model take, bytes. */
export function bytesOf({ current, previous }: StoredModel): number {
  const files = [...filesOf(current), ...(previous ? filesOf(previous) : [])];
  const sizes = new Map(files.map(({ sha256, bytes }) => [sha256, bytes]));
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}
