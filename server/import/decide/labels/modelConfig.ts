import * as v from 'valibot';
import { messageOf } from '../../../../protocol/errors.ts';
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
const EXPECTED: Readonly<Record<keyof Fields, string>> = {
  architectures: 'a list of names',
  problem_type: PROBLEMS.join(', '),
  id2label: 'an object from number to name',
  label2id: 'an object from name to number',
  num_labels: 'a number',
  num_classes: 'a number',
  label_names: 'a list of names',
  labels: 'a list of names',
  label_descriptions: 'an object from name to text',
};

export interface ModelConfig {
  readonly declared: Declared;
  /** The classes of Hugging Face's transformers that the model is of. */
  readonly architectures: readonly string[];
  readonly labels: readonly LabelSource[];
  readonly warnings: readonly string[];
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
  const refused: string[] = [];
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
    throw new ImportError(
      'unsupported_use',
      `${why} says "problem_type": "regression": the model gives a quantity, not a class, and that is not shown here. ` +
        'If its output holds scores of classes, give their activation (--activation).',
    );
  }
  if (problem === 'multi_label_classification') {
    declared.multiLabel = { value: true, why: `${why}, "problem_type": "${problem}"` };
  }
  // transformers gives logits; what a graph ends with is seen in the graph.
  if (!hasActivation && problem !== undefined && problem !== 'regression') {
    const value = problem === 'multi_label_classification' ? 'sigmoid' : 'softmax';
    declared.activation = { value, why: `${why}, "problem_type": "${problem}"` };
  }
  return { declared, architectures, labels, warnings: [...warnings, ...more] };
}

function readFields(json: Record<string, unknown>): { fields: Fields; warnings: string[] } {
  const fields: Record<string, unknown> = {};
  const warnings: string[] = [];
  for (const [name, schema] of Object.entries(FIELDS) as [keyof Fields, v.GenericSchema][]) {
    const value = json[name];
    if (value === undefined || value === null) continue;
    const parsed = v.safeParse(schema, value);
    if (parsed.success) fields[name] = parsed.output;
    else {
      const got = JSON.stringify(value).slice(0, 60);
      warnings.push(`"${name}" in config.json was ignored: ${EXPECTED[name]} was expected, got ${got}.`);
    }
  }
  return { fields, warnings };
}

function labelsOf(
  json: Record<string, unknown>,
  fields: Fields,
): { labels: LabelSource[]; warnings: string[] } {
  const labels: LabelSource[] = [];
  const warnings: string[] = [];
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
    try {
      const { names, form, warnings: strange } = labelsInValue(value, { isOutput: true });
      if (isGeneric(names)) continue;
      labels.push({ ...finishLabels(names, form, strange), from: `"${field}" in config.json` });
    } catch (error) {
      if (Object.keys(value as object).length > 0)
        warnings.push(`"${field}" in config.json was ignored: ${messageOf(error)}`);
    }
  }
  // They are made from each other; the second is there for where the first was not filled in.
  const [best] = labels;
  const count = fields.num_labels ?? fields.num_classes;
  if (best && count !== undefined && count !== best.labels.length) {
    warnings.push(`config.json says that there are ${count} outputs, and names ${best.labels.length}.`);
  }
  return { labels: best ? [best] : [], warnings };
}
