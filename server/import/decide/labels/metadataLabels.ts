import { textOf } from '../../../../protocol/errors.ts';
import type { Sentence, Text } from '../../../../protocol/sentence.ts';
import { reason } from '../../../../protocol/sentences/decisions.ts';
import { aboutLabels } from '../../../../protocol/sentences/labels.ts';
import { isLabelKey } from '../../../../vision/labels/labelValue.ts';
import { readLabelText } from '../../../../vision/labels/readLabels.ts';
import type { LabelSource, LabelSources } from './labelSource.ts';

/** Keys whose JSON holds labels among other things, such as MMDetection's `dataset_meta`. */
const NESTED = /^(dataset_?meta|model_?meta(data)?|meta(data)?|config|model_?info)$/i;

/** Names of outputs that stand in the metadata of the model's file, under any of the keys that exporters use. */
export async function metadataLabels(
  metadata: ReadonlyMap<string, string>,
  place: Text = reason('metadata'),
): Promise<LabelSources> {
  const sources: LabelSource[] = [];
  const warnings: Sentence[] = [];
  for (const [key, text] of metadata) {
    const isNested = NESTED.test(key) && /^\s*\{/.test(text);
    if (!isNested && !isLabelKey(key)) continue;
    // One word alone may be anything, such as "coco" or an address.
    if (!/^\s*[[({]|[\n,;]/.test(text)) continue;
    const from = reason('key_in', { key, place });
    try {
      sources.push({ ...(await readLabelText(text)), from });
    } catch (error) {
      if (!isNested) warnings.push(aboutLabels('labels_ignored', { from, why: textOf(error) }));
    }
  }
  return { sources, warnings };
}
