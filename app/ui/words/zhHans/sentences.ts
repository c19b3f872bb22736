import type { Sentence, WireSentence } from '../../../../protocol/sentence.ts';
import { fillTemplate } from '../../../../protocol/sentence.ts';
import type { sentences as english } from '../en/sentences.ts';
import { decisions } from './sentences/decisions.ts';
import { graphs } from './sentences/graphs.ts';
import { labels } from './sentences/labels.ts';
import { models } from './sentences/models.ts';
import { outputs } from './sentences/outputs.ts';
import { preprocessing } from './sentences/preprocessing.ts';
import { progress } from './sentences/progress.ts';
import { refusals } from './sentences/refusals.ts';
import { sources } from './sentences/sources.ts';
import { tfjs } from './sentences/tfjs.ts';
import { tflite } from './sentences/tflite.ts';
import { things } from './sentences/things.ts';
import { warnings } from './sentences/warnings.ts';
import { words } from './sentences/words.ts';
import { work } from './sentences/work.ts';

/** Each has the codes of its table in protocol/sentences/, and no others: what it lacks fails the type check. */
const TABLES: readonly Readonly<Record<string, string>>[] = [
  decisions,
  outputs,
  warnings,
  preprocessing,
  labels,
  graphs,
  sources,
  tfjs,
  tflite,
  models,
  progress,
  refusals,
  words,
  things,
  work,
];

/** A newer server may send codes, and nested ones, that are not known here: undefined then. */
function textOf({ code, values = {} }: WireSentence): string | undefined {
  const template = TABLES.find((table) => Object.hasOwn(table, code))?.[code];
  return template === undefined ? undefined : fillTemplate(template, values, textOf, '、');
}

export const sentences: typeof english = {
  sentences: {
    of: (sentence: WireSentence | Sentence) => textOf('toJSON' in sentence ? sentence.toJSON() : sentence),
  },
};
