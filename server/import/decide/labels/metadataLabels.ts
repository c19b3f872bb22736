import { messageOf } from '../../../../protocol/errors.ts';
import { isLabelKey } from '../../../../vision/labels/labelValue.ts';
import { readLabelText } from '../../../../vision/labels/readLabels.ts';
import type { LabelSource, LabelSources } from './labelSource.ts';

/** Keys whose JSON holds labels among other things, such as MMDetection's `dataset_meta`. */
const NESTED = /^(dataset_?meta|model_?meta(data)?|meta(data)?|config|model_?info)$/i;

/** Names of outputs that stand in the metadata of the model's file, under any of the keys that exporters use. */
export async function metadataLabels(
  metadata: ReadonlyMap<string, string>,
  place = 'the metadata of the model',
): Promise<LabelSources> {
  const sources: LabelSource[] = [];
  const warnings: string[] = [];
  for (const [key, text] of metadata) {
    const isNested = NESTED.test(key) && /^\s*\{/.test(text);
    if (!isNested && !isLabelKey(key)) continue;
    // One word alone may be anything, such as "coco" or an address.
    if (!/^\s*[[({]|[\n,;]/.test(text)) continue;
    try {
      sources.push({ ...(await readLabelText(text)), from: `"${key}" in ${place}` });
    } catch (error) {
      if (!isNested) warnings.push(`"${key}" in ${place} was ignored: ${messageOf(error)}`);
    }
  }
  return { sources, warnings };
}
