import { textOf } from '../../../../protocol/errors.ts';
import type { ImportOptions } from '../../../../protocol/models.ts';
import type { Sentence } from '../../../../protocol/sentence.ts';
import { reason } from '../../../../protocol/sentences/decisions.ts';
import { aboutLabels } from '../../../../protocol/sentences/labels.ts';
import { decodeText } from '../../../../vision/labels/decodeText.ts';
import { finishLabels } from '../../../../vision/labels/labelList.ts';
import { findLabels } from '../../../../vision/labels/labelValue.ts';
import { parseYaml, readLabelFile } from '../../../../vision/labels/readLabels.ts';
import type { Inspection } from '../../onnx/inspect.ts';
import type { CompanionFiles } from '../../sources/companionFiles.ts';
import { labelFilesOf, SETTINGS } from '../../sources/labelFiles.ts';
import type { Declared } from '../hints.ts';
import type { LabelSource } from './labelSource.ts';
import { metadataLabels } from './metadataLabels.ts';
import { readModelConfig } from './modelConfig.ts';
import { yamlMetadata } from './yamlMetadata.ts';

/** What a model and the files next to it say about its labels and scores. */
export interface LabelHints {
  readonly declared: Declared;
  /** `architectures` of config.json. */
  readonly architectures: readonly string[];
  /** All places that name its outputs, the likeliest first. */
  readonly sources: readonly LabelSource[];
  /** What was ignored. */
  readonly warnings: readonly Sentence[];
  /** The model's metadata with those of a metadata.yaml next to it. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads what names a model's outputs, in its metadata and in the files next to it.
 * @param model name of the model's file
 * @throws ImportError `unsupported_use` where config.json says that the model gives no classes
 */
export async function readLabelHints(
  companions: CompanionFiles,
  model: string,
  { metadata, finalOps }: Pick<Inspection, 'metadata' | 'finalOps'>,
  { activation, task, multiLabel }: ImportOptions,
): Promise<LabelHints> {
  const { names } = companions;
  const files: LabelSource[] = [];
  const settings: LabelSource[] = [];
  const warnings: Sentence[] = [];
  let yaml: ReadonlyMap<string, string> = new Map();
  for (const name of labelFilesOf(names, model)) {
    const from = reason('next_to_model', { file: name });
    try {
      const bytes = await companions.read(name);
      if (!SETTINGS.test(name)) {
        files.push({ ...(await readLabelFile(bytes)), from });
        continue;
      }
      const { text } = decodeText(bytes);
      const value: unknown = name.endsWith('.json') ? JSON.parse(text) : await parseYaml(text);
      if (/^metadata\.ya?ml$/i.test(name)) yaml = yamlMetadata(value);
      // Without labels it is there for something else.
      const found = findLabels(value);
      if (found) settings.push({ ...finishLabels(found.names, found.form, found.warnings), from });
    } catch (error) {
      warnings.push(aboutLabels('labels_ignored', { from, why: textOf(error) }));
    }
  }
  const inFile = await metadataLabels(metadata);
  const text = names.includes('config.json')
    ? await companions.read('config.json').catch((error): undefined => {
        warnings.push(aboutLabels('labels_ignored', { from: 'config.json', why: textOf(error) }));
        return undefined;
      })
    : undefined;
  const config =
    text &&
    readModelConfig(text.toString('utf8'), {
      hasActivation: finalOps.size > 0,
      isAnswered: activation !== undefined || task === 'image-embedding' || multiLabel !== undefined,
    });
  return {
    declared: config?.declared ?? {},
    architectures: config?.architectures ?? [],
    sources: [...files, ...inFile.sources, ...settings, ...(config?.labels ?? [])],
    warnings: [...warnings, ...inFile.warnings, ...(config?.warnings ?? [])],
    metadata: new Map([...yaml, ...metadata]),
  };
}
