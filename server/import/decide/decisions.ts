import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { sentenceOf, type Text } from '../../../protocol/sentence.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import type { Step } from '../../../protocol/steps.ts';
import { stepsInWords } from '../../../vision/steps.ts';
import type { Declared } from './hints.ts';

type Field = keyof ImportOptions;
type Value<F extends Field> = NonNullable<ImportOptions[F]>;
type Decision = ImportReport['decisions'][number];

/** What was found out, or is assumed. */
export interface Guess<F extends Field> {
  readonly value: Value<F>;
  readonly how: 'inferred' | 'assumed';
  readonly why: Text;
}

/** The order in which a picture meets what was decided. A new option must be in it. */
const ORDER = Object.keys({
  task: true,
  output: true,
  layout: true,
  width: true,
  height: true,
  fit: true,
  crop: true,
  resample: true,
  steps: true,
  channels: true,
  scale: true,
  mean: true,
  std: true,
  head: true,
  anchors: true,
  boxOrder: true,
  activation: true,
  multiLabel: true,
  labels: true,
  minScore: true,
  license: true,
  name: true,
  id: true,
} satisfies Record<Field, true>) as Field[];

/** Settles each question once: by who imports, else by what the model says, else by a guess; and remembers why. */
export class Decisions {
  readonly #given: ImportOptions;
  #declared: Declared;
  readonly #made = new Map<Field, Decision>();

  constructor(given: ImportOptions, declared: Declared) {
    this.#given = given;
    this.#declared = declared;
  }

  /** What was given or said. */
  known<F extends Field>(field: F): Value<F> | undefined {
    return this.#given[field] ?? this.#declared[field]?.value;
  }

  /** Takes what the model says of a question that was open until more was known. */
  learn(declared: Declared): void {
    this.#declared = { ...this.#declared, ...declared };
  }

  isGiven(field: Field): boolean {
    return this.#given[field] !== undefined;
  }

  choose<F extends Field>(field: F, guess: Guess<F>): Value<F> {
    const given: ImportOptions[F] = this.#given[field];
    if (given !== undefined) return this.#note(field, given, 'given', reason('given'));
    const declared = this.#declared[field];
    if (declared !== undefined) {
      const how = declared.how ?? 'said by the model';
      return this.#note(field, declared.value as Value<F>, how, declared.why);
    }
    return this.#note(field, guess.value, guess.how, guess.why);
  }

  /** What the graph rules, whatever else was said. */
  rule<F extends Field>(field: F, value: Value<F>, why: Text): Value<F> {
    return this.#note(field, value, 'inferred', why);
  }

  list(): Decision[] {
    return ORDER.flatMap((field) => this.#made.get(field) ?? []);
  }

  #note<F extends Field>(field: F, value: Value<F>, how: Decision['how'], why: Text): Value<F> {
    this.#made.set(field, { field, value: inWords(value), how, why: String(why), ...sentenceOf(why) });
    return value;
  }
}

function inWords(value: Value<Field>): string {
  if (typeof value === 'number') return shortNumber(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (isSteps(value)) return stepsInWords(value);
  if (value.length > 3) return `${value.length}: ${value.slice(0, 3).join(', ')}, …`;
  return value.map((one) => (typeof one === 'number' ? shortNumber(one) : one)).join(', ');
}

const isSteps = (value: readonly unknown[]): value is Step[] => typeof value[0] === 'object';

function shortNumber(value: number): string {
  const inverse = Math.round((1 / value) * 10) / 10;
  if (value !== 0 && Math.abs(value) < 0.05 && Math.abs(inverse * value - 1) < 1e-6) return `1/${inverse}`;
  return String(Number(value.toPrecision(6)));
}
