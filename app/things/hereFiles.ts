import { CodedError, messageOf } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import type { ExportKind } from '../../protocol/things.ts';
import { newThingId, samplesOf, type Things, withSamples } from '../../vision/things/collectionIndex.ts';
import { collectionZip, picturesZip, requireSameVersions } from '../../vision/things/collectionZip.ts';
import { pictureFileOf, viewsFileOf } from '../../vision/things/exportedCollection.ts';
import { decodeViews } from '../../vision/things/viewBytes.ts';
import { canvasToBlob } from '../capture/canvasToBlob.ts';
import { drawSample } from '../capture/drawSample.ts';
import { headerSize } from '../capture/headerSize.ts';
import { exportBroken, type OpenedExport, openExport } from './exportedZip.ts';
import type { HereCollection, HereDatabase, HereSample } from './hereDatabase.ts';

const JPEG = 'image/jpeg';
const JPEG_QUALITY = 0.92;
/** Of a sample: as a server takes them. */
const MAX_PICTURE_BYTES = 2e6;
const MAX_PICTURE_PIXELS = 16e6;
/** Views of a sample at most, each of 1,152 bytes. */
const MAX_VIEWS_BYTES = 64 * 1_152;

/**
 * A collection of this browser as a zip, as a server makes them.
 * @param onProgress 0..1
 * @throws CodedError, KeepingError; the signal's reason
 */
export async function exportHere(
  id: string,
  as: Exclude<ExportKind, 'onnx'>,
  database: Pick<HereDatabase, 'find' | 'samples'>,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<File> {
  const { things } = (await database.find(id)) ?? { things: [] };
  const total = samplesOf(things).length;
  let done = 0;
  const sample = async (sampleId: string): Promise<HereSample> => {
    signal.throwIfAborted();
    const [found] = await database.samples([sampleId]);
    if (found) return found;
    throw new CodedError('not_found', aboutThings('no_sample'));
  };
  const name = id.replace(/^@/, '');
  const leaving = {
    id: name,
    visibility: 'link',
    things,
    async picture(sampleId: string) {
      const { picture } = await sample(sampleId);
      done += 1;
      onProgress(done / total);
      return new Uint8Array(await (await asJpeg(picture)).arrayBuffer());
    },
    views: async (sampleId: string) => (await sample(sampleId)).views,
  } as const;
  const zip = as === 'collection' ? collectionZip(leaving) : picturesZip(leaving);
  const parts: Blob[] = [];
  // A blob may lie on the disk; an array of all bytes would not.
  for await (const chunk of zip) parts.push(new Blob([chunk]));
  if (as === 'collection') requireSameVersions(things, (await database.find(id))?.things ?? []);
  return new File(parts, `${name}${as === 'collection' ? '' : `-${as}`}.zip`, { type: 'application/zip' });
}

/** A server takes no other. */
async function asJpeg(picture: Blob): Promise<Blob> {
  if (picture.type === JPEG) return picture;
  const bitmap = await createImageBitmap(picture, { colorSpaceConversion: 'none' });
  const canvas = drawSample(bitmap);
  bitmap.close();
  try {
    return await canvasToBlob(canvas, JPEG, JPEG_QUALITY);
  } finally {
    canvas.width = 0;
  }
}

/**
 * Makes a collection of this browser of a zip that was exported here, by a server or in another browser: a stranger's file. All of
 * it, or nothing.
 * @param id of the new one
 * @throws CodedError `bad_request` for what is no such zip; KeepingError; the signal's reason
 */
export async function importHere(
  file: Blob,
  id: string,
  database: Pick<HereDatabase, 'change'>,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<HereCollection> {
  const opened = await openExport(file);
  let things: Things = [];
  const samples: HereSample[] = [];
  const total = opened.index.things.reduce((sum, thing) => sum + thing.samples.length, 0);
  for (const { name, isNothing, samples: exported } of opened.index.things) {
    for (const { id: exportedId, takenAtMs, box, version } of exported) {
      signal.throwIfAborted();
      const picture = await checkedPicture(opened, pictureFileOf(exportedId));
      const views = await checkedViews(opened, viewsFileOf(exportedId));
      const sampleId = newThingId();
      const shows = isNothing ? ({ nothing: true } as const) : { name };
      things = withSamples(things, shows, [{ id: sampleId, takenAtMs, box, version }], newThingId());
      samples.push({ id: sampleId, picture, views });
      onProgress(samples.length / total);
    }
  }
  return database.change(id, () => ({ id, things }), samples, { isNew: true });
}

async function checkedPicture({ file }: OpenedExport, name: string): Promise<Blob> {
  const bytes = await file(name, MAX_PICTURE_BYTES);
  const picture = new Blob([bytes], { type: JPEG });
  // Before it is decoded: a small file may have so many pixels that the page runs out of memory.
  const size = await headerSize(picture);
  if (size?.format !== 'jpeg') throw exportBroken(name, 'no JPEG picture');
  if (size.width * size.height > MAX_PICTURE_PIXELS)
    throw exportBroken(
      name,
      `${size.width} x ${size.height} pixels, and ${MAX_PICTURE_PIXELS / 1e6} million are the most`,
    );
  const bitmap = await createImageBitmap(picture).catch((cause: unknown) => {
    throw exportBroken(name, 'no picture that this browser reads', cause);
  });
  bitmap.close();
  return picture;
}

async function checkedViews({ file }: OpenedExport, name: string): Promise<readonly Float32Array[]> {
  const bytes = await file(name, MAX_VIEWS_BYTES);
  let views: Float32Array[];
  try {
    views = decodeViews(new Uint8Array(await bytes.arrayBuffer()));
  } catch (cause) {
    throw exportBroken(name, messageOf(cause), cause);
  }
  // One number that is none would spoil all that is learned.
  if (views.every((view) => view.every(Number.isFinite))) return views;
  throw exportBroken(name, 'a number in it is none');
}
