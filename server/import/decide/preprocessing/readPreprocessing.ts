import type { Sentence } from '../../../../protocol/sentence.ts';
import { PREPROCESSING_FILES, type PreprocessingFile } from '../../sources/preprocessingFiles.ts';
import { readImageProcessor } from './imageProcessor.ts';
import { readOpenClipConfig } from './openClipConfig.ts';
import { readPaddleConfig } from './paddleConfig.ts';
import { parseObject } from './parseObject.ts';
import type { PublishedPreparation } from './published.ts';
import { readTimmConfig } from './timmConfig.ts';

/** What the files next to a model say about pictures, and all in them that could not be read. */
export interface PublishedFiles {
  /** Undefined where no file says anything about pictures. */
  readonly published: PublishedPreparation | undefined;
  /** For the person who imports: the file, the field, what it holds, what is done instead. */
  readonly warnings: readonly Sentence[];
}

/** Reads what is published next to a model. @param texts what the files hold, by name; YAML as JSON */
export function readPreprocessing(
  texts: Readonly<Partial<Record<PreprocessingFile, string>>>,
): PublishedFiles {
  const warnings: Sentence[] = [];
  const parsed = new Map<PreprocessingFile, object>();
  for (const name of PREPROCESSING_FILES) {
    const text = texts[name];
    const object =
      text === undefined ? undefined : parseObject(text, name, (message) => warnings.push(message));
    if (object) parsed.set(name, object);
  }
  const config = parsed.get('config.json');
  const modelType = config && 'model_type' in config ? config.model_type : undefined;
  let published: PublishedPreparation | undefined;
  for (const [name, file] of parsed) {
    published = readOne(name, file, typeof modelType === 'string' ? modelType : undefined, warnings);
    if (published) break;
  }
  return { published, warnings: [...new Map(warnings.map((one) => [one.text, one])).values()] };
}

function readOne(name: PreprocessingFile, file: object, modelType: string | undefined, warnings: Sentence[]) {
  switch (name) {
    case 'preprocessor_config.json':
      return readImageProcessor(file, name, modelType, warnings);
    case 'processor_config.json':
      // Those of transformers 4 are about texts and sizes of prompts; some people give the other file this name.
      return ['image_processor', 'image_processor_type', 'feature_extractor_type'].some(
        (field) => field in file,
      )
        ? readImageProcessor(file, name, modelType, warnings)
        : undefined;
    case 'open_clip_config.json':
      return readOpenClipConfig(file, name, warnings);
    case 'config.json':
      return readTimmConfig(file, name, warnings);
    case 'infer_cfg.yml':
    case 'inference.yml':
      return readPaddleConfig(file, name, warnings);
    default:
      return name satisfies never;
  }
}
