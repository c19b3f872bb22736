import * as v from 'valibot';

/** What a sentence names: a number, a name, another sentence, or a list of those. */
export type SentenceValue = string | number | Sentence | readonly (string | number | Sentence)[];

/** As it crosses the wire: a reader in another language words the code and fills in the values. */
export interface WireSentence {
  readonly code: string;
  readonly values?: Readonly<Record<string, WireValue>> | undefined;
}
type WireItem = string | number | WireSentence;
export type WireValue = WireItem | readonly WireItem[];

const WireItem: v.GenericSchema<WireItem> = v.union([v.string(), v.number(), v.lazy(() => WireSentence)]);
export const WireSentence: v.GenericSchema<WireSentence> = v.object({
  code: v.string(),
  values: v.optional(v.record(v.string(), v.union([WireItem, v.array(WireItem)]))),
});

/** A sentence for a person: a code with values, and their wording in English, which `${sentence}` gives. */
export class Sentence {
  readonly code: string;
  readonly values: Readonly<Record<string, SentenceValue | WireValue>>;
  /** In English: for the command line, the log, and readers that do not know the code. */
  readonly text: string;

  constructor(code: string, values: Readonly<Record<string, SentenceValue | WireValue>>, text: string) {
    this.code = code;
    this.values = values;
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  /** So that JSON holds what crosses the wire. */
  toJSON(): WireSentence {
    const values = Object.entries(this.values).map(([name, value]) => [name, toWire(value)] as const);
    return { code: this.code, ...(values.length > 0 && { values: Object.fromEntries(values) }) };
  }
}

const wireItem = (item: WireItem | Sentence): WireItem => (item instanceof Sentence ? item.toJSON() : item);
const toWire = (value: SentenceValue | WireValue): WireValue =>
  Array.isArray(value) ? value.map(wireItem) : wireItem(value as WireItem | Sentence);

/** A sentence, or what has no code: a name of a file, or what other software says. */
export type Text = string | Sentence;

/** The fields of a message that carry the code of a text, where it has one. */
export const sentenceOf = (text: Text): { sentence?: WireSentence } =>
  text instanceof Sentence ? { sentence: text.toJSON() } : {};

/** A text that came over the wire. @param text its English */
export const textFrom = (text: string, sentence: WireSentence | undefined): Text =>
  sentence ? new Sentence(sentence.code, sentence.values ?? {}, text) : text;

/** The names in braces of a template, such as `{name}`; `{count|one|other}` prints a word by a count. */
type Names<Template extends string> = Template extends `${string}{${infer Inner}}${infer Rest}`
  ? (Inner extends `${infer Name}|${string}` ? Name : Inner) | Names<Rest>
  : never;

type Table = Readonly<Record<string, string>>;
type Args<Template extends string> = [Names<Template>] extends [never]
  ? []
  : [values: { readonly [Name in Names<Template>]: SentenceValue }];

/**
 * Makes sentences of a table of English templates by code. A template that names a value which is not given, and a value
 * that it does not name, fail the type check.
 * @example const say = sentencesOf({ has_labels: 'It has {count} {count|label|labels}.' }); say('has_labels', { count: 2 })
 */
export function sentencesOf<const T extends Table>(table: T) {
  return <C extends keyof T & string>(code: C, ...args: Args<T[C]>): Sentence => {
    const values: Readonly<Record<string, SentenceValue>> = args[0] ?? {};
    return new Sentence(code, values, fillTemplate(table[code] ?? code, values, String, ', ') ?? code);
  };
}

/** A template's holes: `{name}` or `{name|one|other}`. */
const HOLE = /\{(\w+)(?:\|([^{}|]*)\|([^{}|]*))?\}/g;

/**
 * A template with its values filled in; undefined where a value is missing or cannot be worded.
 * @param word a nested sentence in the template's language; undefined where it does not know it
 */
export function fillTemplate<S>(
  template: string,
  values: Readonly<Record<string, string | number | S | readonly (string | number | S)[]>>,
  word: (sentence: S) => string | undefined,
  separator: string,
): string | undefined {
  let isWhole = true;
  const wordOf = (item: string | number | S): string => {
    if (typeof item === 'string' || typeof item === 'number') return String(item);
    const worded = word(item);
    if (worded === undefined) isWhole = false;
    return worded ?? '';
  };
  // The last value may be empty, such as the last words of a process that died silent.
  const used = template.replace(/\s\{(\w+)\}$/, (end, name: string) => (values[name] === '' ? '' : end));
  const text = used.replace(HOLE, (_, name: string, one?: string, other?: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) {
      isWhole = false;
      return '';
    }
    if (one !== undefined) return (value === 1 ? one : other) ?? '';
    return Array.isArray(value) ? value.map(wordOf).join(separator) : wordOf(value as string | number | S);
  });
  return isWhole ? text : undefined;
}
