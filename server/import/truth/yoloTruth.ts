import type { TrueThing } from './truth.ts';

/**
 * The things of one picture in YOLO's format: a line each, `class x y width height` with the centre of the box, or `class x1 y1 x2 y2
 * x3 y3 …` with an outline, all in 0..1 of the picture.
 * @returns undefined where the text is something else
 */
export function parseYolo(text: string, labels: readonly string[]): TrueThing[] | undefined {
  const things: TrueThing[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const [at = Number.NaN, ...numbers] = line.trim().split(/\s+/).map(Number);
    const box = boxOf(numbers);
    if (!Number.isInteger(at) || box === undefined) return undefined;
    things.push({ label: labels[at] ?? `class ${at}`, box, isCrowd: false });
  }
  return things;
}

function boxOf(numbers: readonly number[]): TrueThing['box'] | undefined {
  if (numbers.some((number) => !(number >= 0 && number <= 1))) return undefined;
  const [x = 0, y = 0, width = 0, height = 0] = numbers;
  if (numbers.length === 4) return [x - width / 2, y - height / 2, width, height];
  if (numbers.length < 6 || numbers.length % 2 !== 0) return undefined;
  const across = numbers.filter((_, at) => at % 2 === 0);
  const down = numbers.filter((_, at) => at % 2 === 1);
  const [left, top] = [Math.min(...across), Math.min(...down)];
  return [left, top, Math.max(...across) - left, Math.max(...down) - top];
}
