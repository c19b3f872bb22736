import { ImportError } from '../../importError.ts';
import { FlatTable } from './flatTable.ts';
import type { TfliteModel } from './tfliteFile.ts';

/** What the metadata of a TensorFlow Lite model says (`metadata_schema.fbs` of tflite-support, Apache-2.0). */
export interface TfliteMetadata {
  readonly name: string;
  /** Of the picture: what the network takes is (pixel - mean) / std, a number for each channel or one for all. */
  readonly normalization: { readonly mean: readonly number[]; readonly std: readonly number[] } | undefined;
  /** Files with the names of outputs, the likeliest first. They are in the zip behind the model. */
  readonly labelFiles: readonly string[];
}

const NORMALIZATION = 1;
const LABELS_OF_AXIS = 2;
const LABELS_OF_VALUES = 3;

/** @returns undefined where there is none, or none that can be read: the model works without */
export function readMetadata(model: TfliteModel): TfliteMetadata | undefined {
  const bytes = model.metadata.get('TFLITE_METADATA');
  if (bytes === undefined || Buffer.from(bytes.subarray(4, 8)).toString('latin1') !== 'M001')
    return undefined;
  try {
    const metadata = FlatTable.root(bytes);
    const [graph] = metadata.tables(3);
    const [picture] = graph?.tables(2) ?? [];
    const files = [
      ...(graph?.tables(3) ?? []).flatMap((output) => output.tables(6)),
      ...(graph?.tables(4) ?? []),
      ...metadata.tables(6),
    ];
    return {
      name: metadata.text(0),
      normalization: picture && normalizationOf(picture),
      labelFiles: files
        .filter((file) => [LABELS_OF_AXIS, LABELS_OF_VALUES].includes(file.byte(2)))
        .map((file) => file.text(0)),
    };
  } catch (error) {
    if (error instanceof ImportError) return undefined;
    throw error;
  }
}

function normalizationOf(picture: FlatTable): TfliteMetadata['normalization'] {
  const unit = picture.tables(4).find((process) => process.byte(0) === NORMALIZATION);
  const [mean, std] = [unit?.table(1)?.floats(0) ?? [], unit?.table(1)?.floats(1) ?? []];
  return mean.length > 0 && std.length > 0 && !std.includes(0) ? { mean, std } : undefined;
}
