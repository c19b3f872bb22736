import { CodedError } from '../../../protocol/errors.ts';
import type { Prediction } from '../../../protocol/messages.ts';

/** Media types of answers, the usual one first. */
const TYPES = ['application/json', 'application/jsonlines', 'text/csv'] as const;
export type AnswerType = (typeof TYPES)[number];

/**
 * The type that a client wants most of those that there are (RFC 9110, section 12.5.1).
 * @throws CodedError `not_acceptable`
 */
export function answerTypeOf(accept: string | undefined): AnswerType {
  if (accept === undefined || accept.trim() === '') return TYPES[0];
  const ranges = accept.split(',').map((entry) => {
    const [range = '', ...parameters] = entry
      .toLowerCase()
      .split(';')
      .map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { range, quality: quality === undefined ? 1 : Number(quality) };
  });
  const qualityOf = (type: string) => {
    const fits = [type, `${type.split('/')[0]}/*`, '*/*'];
    const best = fits.map((fit) => ranges.find(({ range }) => range === fit)).find(Boolean);
    return best?.quality ?? 0;
  };
  const [first] = TYPES.filter((type) => qualityOf(type) > 0).sort((a, b) => qualityOf(b) - qualityOf(a));
  if (first) return first;
  throw new CodedError(
    'not_acceptable',
    `Answers are ${TYPES.join(', ')}; Accept was "${accept.slice(0, 80)}".`,
  );
}

/**
 * The body of an answer: of JSON the prediction, or `{"predictions"}` of a list; of JSON lines one a line; of CSV a line for each
 * label: picture, label, score, x, y, width, height.
 */
export function answerBody(predictions: readonly Prediction[], isList: boolean, type: AnswerType): string {
  switch (type) {
    case 'application/json':
      return JSON.stringify(isList ? { predictions } : predictions[0]);
    case 'application/jsonlines':
      return predictions.map((prediction) => `${JSON.stringify(prediction)}\n`).join('');
    case 'text/csv': {
      const lines = predictions.flatMap(({ labels }, picture) =>
        labels.map(({ label, score, box = [] }) => [picture, quoted(label), score, ...box].join(',')),
      );
      return lines.map((line) => `${line}\r\n`).join('');
    }
  }
}

/** RFC 4180. What a spreadsheet would take for a formula is none in quotes and with a space. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? ` ${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
