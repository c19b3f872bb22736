import { messageOf } from '../../../../protocol/errors.ts';
import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../../protocol/sentences/preprocessing.ts';
import { isObject, shortJson } from './fields.ts';

/**
 * A file that holds one JSON object. `NaN` and `Infinity`, which Python writes, become null.
 * @param onWarning called with why nothing of the file can be used
 */
export function parseObject(
  text: string,
  file: string,
  onWarning: (message: Sentence) => void,
): object | undefined {
  let parsed: unknown;
  const plain = text.replace(/^\uFEFF/, '');
  try {
    parsed = parse(plain);
  } catch (error) {
    onWarning(aboutPreprocessing('file_no_json', { file, why: messageOf(error).slice(0, 120) }));
    return undefined;
  }
  if (isObject(parsed)) return parsed;
  onWarning(aboutPreprocessing('file_no_object', { file, found: shortJson(parsed) }));
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const plainer = withoutNan(text);
    if (plainer === text) throw error;
    return JSON.parse(plainer);
  }
}

/** Texts, which may hold the word NaN, stay as they are. The pattern for them never backtracks: the files are untrusted. */
const withoutNan = (text: string): string =>
  text.replace(
    /("(?:[^"\\]+|\\[\s\S]?)*"?)|-?\b(?:NaN|Infinity)\b/g,
    (_, quoted?: string) => quoted ?? 'null',
  );
