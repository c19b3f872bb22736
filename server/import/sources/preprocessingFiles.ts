import type { Sentence } from '../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../protocol/sentences/preprocessing.ts';
/** Files that can say how pictures are prepared. The first one that does is taken. */
export const PREPROCESSING_FILES = [
  'preprocessor_config.json',
  'processor_config.json',
  'open_clip_config.json',
  'config.json',
  'infer_cfg.yml',
  'inference.yml',
] as const;
export type PreprocessingFile = (typeof PREPROCESSING_FILES)[number];

/** Files of other tools that say it too, in ways that are not read here. */
const UNREAD: ReadonlyMap<string, string> = new Map([
  ['pipeline.json', 'MMDeploy'],
  ['deploy.yaml', 'PaddleSeg'],
  ['preprocessor.json', 'KerasHub'],
  ['model.yml', 'Open Model Zoo'],
]);

/** Whether a file next to a model belongs to it because it can say how pictures are prepared. */
export const isPreprocessingFile = (name: string): boolean =>
  PREPROCESSING_FILES.some((one) => one === name) || UNREAD.has(name);

/** A warning for each file that is there and is not read. */
export const unreadFiles = (names: readonly string[]): Sentence[] =>
  names.flatMap((name) => {
    const tool = UNREAD.get(name);
    return tool === undefined ? [] : [aboutPreprocessing('tool_unread', { file: name, tool })];
  });
