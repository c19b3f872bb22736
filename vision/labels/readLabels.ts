import { aboutLabels } from '../../protocol/sentences/labels.ts';
import { decodeText } from './decodeText.ts';
import { labelLines } from './labelLines.ts';
import { finishLabels, type LabelList, LabelsError } from './labelList.ts';
import { isLabelMap, labelMap } from './labelMap.ts';
import { labelsInValue } from './labelValue.ts';
import { parsePythonLiteral } from './pythonLiteral.ts';

/** YAML takes longer to read than it is worth in larger files. */
const MAX_YAML_LENGTH = 1_000_000;
/** How many nodes of YAML may lie in one another; lists of labels need five. */
const MAX_YAML_DEPTH = 100;

/**
 * Labels of a file in any form that tools write; docs/labels.md lists them.
 * @throws LabelsError that says what the file is and what was expected
 */
export async function readLabelFile(bytes: Uint8Array): Promise<LabelList> {
  const { text, warnings } = decodeText(bytes);
  const found = await readLabelText(text);
  return { ...found, warnings: [...warnings, ...found.warnings] };
}

/** The same of a text, such as a model's metadata. @throws LabelsError */
export async function readLabelText(text: string): Promise<LabelList> {
  if (isYaml(text)) return fromValue(await parseYaml(text), 'YAML');
  try {
    return readLabels(text);
  } catch (error) {
    // `{0: cat, 1: dog}` and `[cat, dog]` are YAML.
    if (!/^\s*[[{]/.test(text) || !(error instanceof LabelsError) || !(error.cause instanceof SyntaxError))
      throw error;
    return await parseYaml(text).then(
      (value) => fromValue(value, 'YAML'),
      () => {
        throw error;
      },
    );
  }
}

/**
 * Labels in a text that was typed or pasted: in any form but YAML.
 * @throws LabelsError
 */
export function readLabels(text: string): LabelList {
  // The variable that a list is assigned to, and what fastai's lists print before themselves.
  const plain = text
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/^[A-Za-z_]\w*\s*=\s*(?=[[{(])/, '')
    .replace(/^\(#\d+\)\s*(?=\[)/, '');
  if (isLabelMap(plain)) {
    const { names, form, warnings } = labelMap(plain);
    return finishLabels(names, form, warnings);
  }
  if (isYaml(plain)) {
    throw new LabelsError(aboutLabels('yaml_typed'));
  }
  // `[0] cat` on each line is no list.
  if (/^(\{|\[(?!\d+\]\s)|\(\s*['"])/.test(plain)) return fromData(plain);
  const { names, form, warnings } = labelLines(text.replace(/^\uFEFF/, ''));
  return finishLabels(names, form, warnings);
}

function fromData(text: string): LabelList {
  try {
    return fromValue(JSON.parse(text), 'JSON');
  } catch (error) {
    if (error instanceof LabelsError) throw error;
  }
  try {
    return fromValue(parsePythonLiteral(text), 'Python');
  } catch (cause) {
    if (cause instanceof LabelsError) throw cause;
    throw new LabelsError(aboutLabels('broken_json'), { cause });
  }
}

function fromValue(value: unknown, language: string): LabelList {
  const { names, form, warnings } = labelsInValue(value);
  return finishLabels(names, aboutLabels('form_in', { language, form }), warnings);
}

/** A key that holds labels, with nothing, a list or an object behind it: `names:` of a data.yaml. */
const isYaml = (text: string): boolean =>
  !/^\s*[[{]/.test(text) &&
  /^(names|labels|classes|class_names|categories|id2label|label_names)[ \t]*:[ \t]*(#.*)?($|[[{]|\r?\n)/m.test(
    text,
  ) &&
  /^[\w-]+[ \t]*:/m.test(text);

/**
 * @param schema `failsafe`: scalars stay text as it is written, since `no` and `1.0` are names; `core`: numbers and booleans
 * @throws LabelsError
 */
export async function parseYaml(text: string, schema: 'failsafe' | 'core' = 'failsafe'): Promise<unknown> {
  if (text.length > MAX_YAML_LENGTH) {
    throw new LabelsError(aboutLabels('yaml_too_long', { megabytes: MAX_YAML_LENGTH / 1e6 }));
  }
  // The page loads it only for such a file.
  const { Lexer, Parser, parse } = await import('yaml');
  // What is read here does not call itself for each level as `parse` does. At the end of the stack Node may not throw but exit:
  // V8 ends the process where it has no room to compile a regular expression.
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MAX_YAML_DEPTH) throw new LabelsError(aboutLabels('yaml_too_deep'));
  }
  try {
    return parse(text, { schema, maxAliasCount: 100, logLevel: 'error', uniqueKeys: false });
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new LabelsError(aboutLabels('yaml_broken', { why }), { cause });
  }
}
