import type { ImportOptions } from '../../../../protocol/models.ts';
import type { Detection, Numbers, Size } from './published.ts';
import type { SmallDetector } from './smallDetector.ts';

/** A detector as an exporter writes it, and what its authors make of its outputs. */
export interface Family {
  readonly detector: SmallDetector;
  /** What its authors give it, pixels. */
  readonly input: Size;
  /** How they prepare values, for 0..1; absent where they give bytes as they are. */
  readonly values?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** What they give next to a picture of this size, that was stretched to the input. */
  readonly feeds?: (picture: Size) => Readonly<Record<string, Feed>>;
  readonly answers: (outputs: Readonly<Record<string, Numbers>>, picture: Size) => Detection[];
  /** Names by the numbers that the authors count; what has none is no class. */
  readonly names: (number: number) => string;
  readonly head: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly options?: ImportOptions;
}

export interface Feed {
  readonly type: 'float32' | 'int64';
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

export const PLAIN = { mean: [0, 0, 0], std: [1, 1, 1] };
export const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Of a model that was trained on things of one's own. */
export const numbered = (number: number): string => `thing ${number}`;
export const names = (count: number): string[] => Array.from({ length: count }, (_, at) => numbered(at));

/** `config.json` of Hugging Face. */
export const huggingFace = (
  architecture: string,
  count: number,
  preprocessor: object,
): Record<string, string> => ({
  'config.json': JSON.stringify({
    architectures: [architecture],
    id2label: Object.fromEntries(names(count).entries()),
  }),
  'preprocessor_config.json': JSON.stringify(preprocessor),
});
