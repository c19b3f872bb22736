import * as v from 'valibot';
import { textOf } from '../../../../protocol/errors.ts';
import type { Sentence, Text } from '../../../../protocol/sentence.ts';
import { reason } from '../../../../protocol/sentences/decisions.ts';
import { aboutGraph } from '../../../../protocol/sentences/graphs.ts';
import { aboutLabels } from '../../../../protocol/sentences/labels.ts';
import { finishLabels } from '../../../../vision/labels/labelList.ts';
import { isGeneric, labelsInValue } from '../../../../vision/labels/labelValue.ts';
import { ImportError } from '../../importError.ts';
import type { Declared } from '../hints.ts';
import { parseObject } from '../preprocessing/parseObject.ts';
import type { LabelSource } from './labelSource.ts';

const PROBLEMS = ['single_label_classification', 'multi_label_classification', 'regression'] as const;

/** `v.record` alone takes lists, too. */
const objectOf = <Value extends v.GenericSchema>(value: Value) =>
  v.pipe(
    v.custom<object>((found) => !Array.isArray(found)),
    v.record(v.string(), value),
  );

/** The fields of `config.json` (transformers, timm) that are about labels. Each is read for itself. */
const FIELDS = {
  architectures: v.array(v.string()),
  problem_type: v.picklist(PROBLEMS),
  id2label: objectOf(v.unknown()),
  label2id: objectOf(v.union([v.number(), v.pipe(v.string(), v.digits())])),
  num_labels: v.pipe(v.number(), v.integer(), v.minValue(0)),
  num_classes: v.pipe(v.number(), v.integer(), v.minValue(0)),
  label_names: v.array(v.string()),
  labels: v.array(v.string()),
  label_descriptions: objectOf(v.string()),
};
type Fields = { [Field in keyof typeof FIELDS]?: v.InferOutput<(typeof FIELDS)[Field]> };
const EXPECTED: Readonly<Record<keyof Fields, Text>> = {
  architectures: aboutLabels('expect_names'),
  problem_type: PROBLEMS.join(', '),
  id2label: aboutLabels('expect_number_to_name'),
  label2id: aboutLabels('expect_name_to_number'),
  num_labels: aboutLabels('expect_count'),
  num_classes: aboutLabels('expect_count'),
  label_names: aboutLabels('expect_names'),
  labels: aboutLabels('expect_names'),
  label_descriptions: aboutLabels('expect_name_to_text'),
};

export interface ModelConfig {
  readonly declared: Declared;
  /** The classes of Hugging Face's transformers that the model is of. */
  readonly architectures: readonly string[];
  readonly labels: readonly LabelSource[];
  readonly warnings: readonly Sentence[];
}

/**
 * What a config.json says about labels and scores. A field of another type than it should have is named in a warning, and
 * the rest is read.
 *
 * @param hasActivation whether the graph itself ends with softmax or sigmoid
 * @param isAnswered whether who imports it said how the output is read
 * @throws ImportError `unsupported_use` where the model gives quantities and not classes
 */
export function readModelConfig(
  text: string,
  { hasActivation, isAnswered }: { hasActivation: boolean; isAnswered: boolean },
): ModelConfig {
  const why = 'config.json';
  const refused: Sentence[] = [];
  const json = parseObject(text, why, (message) => refused.push(message));
  if (json === undefined) return { declared: {}, architectures: [], labels: [], warnings: refused };
  const { fields, warnings } = readFields(json as Record<string, unknown>);
  const { labels, warnings: more } = labelsOf(json as Record<string, unknown>, fields);
  const declared: Declared = {};
  const { architectures = [] } = fields;
  const [architecture = ''] = architectures;
  const isClassifier = architecture.endsWith('ForImageClassification');
  if (isClassifier) declared.task = { value: 'image-classification', why };
  if (architecture.endsWith('ForObjectDetection')) declared.task = { value: 'object-detection', why };
  // What transformers calls models without a head: Dinov2Model, CLIPVisionModelWithProjection.
  if (/(Model|WithProjection)$/.test(architecture)) declared.task = { value: 'image-embedding', why };
  const problem = fields.problem_type;
  if (problem === 'regression' && !isAnswered) {
    throw new ImportError('unsupported_use', aboutGraph('regression', { file: why }));
  }
  if (problem === 'multi_label_classification') {
    declared.multiLabel = { value: true, why: reason('problem_type', { file: why, problem }) };
  }
  // transformers gives logits; what a graph ends with is seen in the graph.
  if (!hasActivation && problem !== undefined && problem !== 'regression') {
    const value = problem === 'multi_label_classification' ? 'sigmoid' : 'softmax';
    declared.activation = { value, why: reason('problem_type', { file: why, problem }) };
  }
  return { declared, architectures, labels, warnings: [...warnings, ...more] };
}

function readFields(json: Record<string, unknown>): { fields: Fields; warnings: Sentence[] } {
  const fields: Record<string, unknown> = {};
  const warnings: Sentence[] = [];
  for (const [name, schema] of Object.entries(FIELDS) as [keyof Fields, v.GenericSchema][]) {
    const value = json[name];
    if (value === undefined || value === null) continue;
    const parsed = v.safeParse(schema, value);
    if (parsed.success) fields[name] = parsed.output;
    else {
      warnings.push(
        aboutLabels('config_field', {
          field: name,
          file: 'config.json',
          expected: EXPECTED[name],
          found: JSON.stringify(value).slice(0, 60),
        }),
      );
    }
  }
  return { fields, warnings };
}

function labelsOf(
  json: Record<string, unknown>,
  fields: Fields,
): { labels: LabelSource[]; warnings: Sentence[] } {
  const labels: LabelSource[] = [];
  const warnings: Sentence[] = [];
  const timm = json.pretrained_cfg;
  const nested = typeof timm === 'object' && timm !== null ? (timm as Record<string, unknown>) : {};
  const { label_names: timmNames = fields.labels, label_descriptions: descriptions } = {
    ...readFields(nested).fields,
    ...fields,
  };
  const candidates: [field: string, value: unknown][] = [
    ['label_names', timmNames && { label_names: timmNames, label_descriptions: descriptions }],
    ['id2label', fields.id2label],
    ['label2id', fields.label2id],
  ];
  for (const [field, value] of candidates) {
    if (value === undefined) continue;
    const from = reason('key_in', { key: field, place: 'config.json' });
    try {
      const { names, form, warnings: strange } = labelsInValue(value, { isOutput: true });
      if (isGeneric(names)) continue;
      labels.push({ ...finishLabels(names, form, strange), from });
    } catch (error) {
      if (Object.keys(value as object).length > 0)
        warnings.push(aboutLabels('labels_ignored', { from, why: textOf(error) }));
    }
  }
  // They are made from each other; the second is there for where the first was not filled in.
  const [best] = labels;
  const count = fields.num_labels ?? fields.num_classes;
  if (best && count !== undefined && count !== best.labels.length) {
    warnings.push(
      aboutLabels('config_count', { file: 'config.json', outputs: count, labels: best.labels.length }),
    );
  }
  return { labels: best ? [best] : [], warnings };
}
