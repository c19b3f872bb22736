import type { Sentence } from '../../protocol/sentence.ts';
import { aboutLabels } from '../../protocol/sentences/labels.ts';
import { byNumber, countedFrom, LabelsError } from './labelList.ts';

/** A field that is wanted, a brace, or what may hold braces and means none: text and comments. */
const TOKEN =
  /\b(id|name|display_name)\s*:\s*(?:(-?\d+)|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')|[{}]|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*/g;

/** Whether a text is a label map of TensorFlow's Object Detection API, `label_map.pbtxt`. */
export const isLabelMap = (text: string): boolean => /^(\s|#[^\n]*\n)*item\s*:?\s*\{/.test(text);

/**
 * Names of a label map, `item { id: 1 name: "/m/01" display_name: "Cat" }`. Its numbers count from 1 where 0 is the
 * background's and is not named.
 * @throws LabelsError
 */
export function labelMap(text: string): { names: string[]; form: Sentence; warnings: Sentence[] } {
  const entries: [number, string][] = [];
  let item = new Map<string, string>();
  let depth = 0;
  for (const [sign, field, number, double, single] of text.matchAll(TOKEN)) {
    if (sign === '{') {
      depth += 1;
      if (depth === 1) item = new Map();
    } else if (sign === '}') {
      depth -= 1;
      if (depth === 0) entries.push(entryOf(item, entries.length + 1));
    } else if (field !== undefined && depth === 1) {
      // Key points within an item have names of their own.
      item.set(field, number ?? (double ?? single ?? '').replace(/\\(.)/g, '$1'));
    }
  }
  if (depth !== 0) throw new LabelsError(aboutLabels('brace_open'));
  const { names, first, warnings } = byNumber(entries, { isOutput: false });
  return { names, form: countedFrom(first, aboutLabels('form_label_map')), warnings };
}

function entryOf(item: ReadonlyMap<string, string>, place: number): [number, string] {
  const name = item.get('display_name') ?? item.get('name');
  const id = item.get('id') ?? '';
  if (name !== undefined && /^\d{1,7}$/.test(id)) return [Number(id), name];
  throw new LabelsError(aboutLabels(name === undefined ? 'item_without_name' : 'item_without_id', { place }));
}
