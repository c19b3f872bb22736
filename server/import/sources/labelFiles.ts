import path from 'node:path';
import { isPreprocessingFile } from './preprocessingFiles.ts';

/** Files that name a model's outputs, and those that say more than that. Every place that takes a model asks here. */
const LABELS = '(?:labels?|classes|class[-_ ]?names?|names|label[-_ ]?maps?|categories)';
/** `labels.txt`, `classes.json`, `label_map.pbtxt`, `data.names`. */
const OWN_NAME = new RegExp(
  String.raw`^(?:${LABELS}(?:\.(?:txt|json|names|csv|tsv|pbtxt|ya?ml|labels))?|synset(?:[-_]words)?(?:\.txt)?|dict\.txt|class_indices\.json|(?:imagenet_)?class_index\.json|index_to_name\.json|(?:id2label|label2id)\.json)$`,
  'i',
);
/** `nsfw-labels.txt`, `coco_classes.txt`, `mscoco_label_map.pbtxt`, `coco.names`. */
const WITH_PREFIX = new RegExp(
  String.raw`^(.+?)(?:[-_. ]${LABELS}\.(?:txt|json|names|csv|tsv|pbtxt|labels)|\.names)$`,
  'i',
);
/** They hold more than labels, or other things. */
export const SETTINGS =
  /^(?:metadata\.ya?ml|data\.ya?ml|dataset\.ya?ml|metadata\.json|infer_cfg\.yml|inference\.yml)$/i;
const MODEL = /\.(?:onnx|json|tflite|pb|pt|h5|keras)$/i;

export const stemOf = (file: string): string => path.posix.basename(file).replace(/\.[^.]*$/, '');

/**
 * Which files next to a model may name its outputs, the likeliest first: those called like the model, those called labels
 * or the like, those with another word before that, and settings files. What is called like another model belongs to that.
 *
 * @param names all files of the folder
 * @param model file name of the model
 */
export function labelFilesOf(names: readonly string[], model: string): string[] {
  const stem = stemOf(model).toLowerCase();
  const others = new Set(
    names.filter((name) => name !== model && MODEL.test(name)).map((name) => stemOf(name).toLowerCase()),
  );
  const rank = (name: string): number => {
    const own = name.toLowerCase();
    if (name === model) return Number.POSITIVE_INFINITY;
    if ([`${stem}.txt`, `${stem}.names`, `${stem}.labels`].includes(own)) return 0;
    const [, prefix] = WITH_PREFIX.exec(own) ?? [];
    if (prefix === stem) return 1;
    if (OWN_NAME.test(own)) return 2;
    if (prefix !== undefined) return others.has(prefix) ? Number.POSITIVE_INFINITY : 3;
    return SETTINGS.test(own) ? 4 : Number.POSITIVE_INFINITY;
  };
  return names
    .map((name) => ({ name, at: rank(name) }))
    .filter(({ at }) => Number.isFinite(at))
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

/** Files that say something else about a model that lies next to them; hints.ts reads them. */
const OTHER_HINT_FILES =
  /^(?:config|tokenizer|tokenizer_config)\.json$|^(?:licen[cs]e|copying)(?:\.(?:txt|md))?$|^readme\.md$/i;

/** Maximum size of such a file, bytes. */
export const MAX_HINT_FILE_BYTES = 10e6;
/** That of SigLIP 2, which is Gemma's, has 34 MB. */
const MAX_TOKENIZER_BYTES = 64e6;

/** Maximum size of a file that lies next to a model and says something about it, bytes. */
export const maxHintBytes = (name: string): number =>
  name.toLowerCase() === 'tokenizer.json' ? MAX_TOKENIZER_BYTES : MAX_HINT_FILE_BYTES;

/** Whatever next to a model says something about it: labels, preparation of pictures, configuration, licence. */
export function hintFilesOf(names: readonly string[], model: string): string[] {
  const labels = new Set(labelFilesOf(names, model));
  return names.filter(
    (name) =>
      name !== model && (labels.has(name) || isPreprocessingFile(name) || OTHER_HINT_FILES.test(name)),
  );
}
