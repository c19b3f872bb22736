import { aboutTfjs } from '../../../protocol/sentences/tfjs.ts';
import { ImportError } from '../importError.ts';
import { type ReadOptions, readTfjsModel, type TfjsModel } from './tfjsModel.ts';

/** Uploaded files by their path, with "/" between folders. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/** A TensorFlow.js model, and what lies next to it. */
export interface OpenedTfjs {
  readonly model: TfjsModel;
  /** The parsed metadata.json next to model.json, of whatever tool wrote it. */
  readonly metadata: unknown;
}

/** Reads the model without converting it. @param path of its JSON file among the files @throws ImportError */
export function openTfjs(files: ModelFiles, path: string, options: ReadOptions = {}): OpenedTfjs {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const readShard = (name: string): Uint8Array => {
    const shard = files.get(folder + name);
    if (shard === undefined) {
      throw new ImportError('malformed_source', aboutTfjs('weights_missing', { file: path, name }));
    }
    return shard;
  };
  const metadata = files.get(`${folder}metadata.json`);
  return {
    model: readTfjsModel(readJson(path, files.get(path)), readShard, options),
    metadata: metadata === undefined ? undefined : readJson(`${folder}metadata.json`, metadata),
  };
}

function readJson(path: string, content: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(content ?? []).toString('utf8'));
  } catch (cause) {
    throw new ImportError('malformed_source', aboutTfjs('broken_json_file', { file: path }), { cause });
  }
}

/** What the model takes, if that is a picture: its sides in pixels, 1 (grey) or 3 channels. */
export function pictureOf({
  input,
}: TfjsModel): { readonly heightPx: number; readonly widthPx: number; readonly channels: 1 | 3 } | undefined {
  const [, height, width, channels] = input.dims;
  const isPicture = input.dims.length === 4 && (channels === 1 || channels === 3);
  return isPicture && typeof height === 'number' && typeof width === 'number'
    ? { heightPx: height, widthPx: width, channels }
    : undefined;
}
