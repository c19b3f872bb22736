import * as v from 'valibot';

const Names = v.pipe(v.array(v.string()), v.minLength(1));
/** `{"0": "cat", "1": "dog"}`, and the same below `id2label`, as Hugging Face writes it. */
const ById = v.record(v.pipe(v.string(), v.digits()), v.string());
const Config = v.object({ id2label: ById });
const Metadata = v.object({ labels: Names });

/**
 * Labels as they stand in a file, or were pasted: one a line, a JSON array, or a JSON object by number.
 * @throws Error that says what was expected
 */
export function readLabels(text: string): string[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  const labels = /^[[{]/.test(trimmed) ? fromJson(trimmed) : fromLines(trimmed);
  if (labels.length > 0) return labels;
  throw new Error('There are no names here. One on each line was expected, in the order of the outputs.');
}

function fromLines(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  // Teachable Machine and others write the number in front.
  const isNumbered = lines.every((line, index) => new RegExp(`^${index}[\\s:,]+\\S`).test(line));
  return isNumbered
    ? lines.map((line) => line.replace(/^\d+[\s:,]+/, ''))
    : lines.filter((line) => line !== '');
}

function fromJson(text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(
      'This begins like JSON but cannot be read as such. Correct it, or write one name a line.',
      {
        cause,
      },
    );
  }
  for (const schema of [Names, Metadata]) {
    const parsed = v.safeParse(schema, value);
    if (parsed.success) return Array.isArray(parsed.output) ? parsed.output : parsed.output.labels;
  }
  const config = v.safeParse(Config, value);
  const byId = v.safeParse(ById, config.success ? config.output.id2label : value);
  if (!byId.success) {
    throw new Error(
      'This JSON holds no labels: an array of names was expected, or an object from number to name.',
    );
  }
  const entries = Object.entries(byId.output).map(([id, label]) => [Number(id), label] as const);
  entries.sort(([a], [b]) => a - b);
  const gap = entries.findIndex(([id], index) => id !== index);
  if (gap >= 0) throw new Error(`Output ${gap} has no name. Each output needs one, from 0 up.`);
  return entries.map(([, label]) => label);
}
