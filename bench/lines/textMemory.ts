import { drawTextGolden } from '../../models/build/textGoldens.ts';
import { type BenchLine, result } from '../result.ts';
import { openTextModel } from '../text/openTextModel.ts';

const FIRST = 200;
const ALL = 1_000;

/** Memory of a process that reads 1,000 pictures of different sizes and texts, beside what it had after 200. */
export const measure: BenchLine = async () => {
  const { read } = await openTextModel();
  let after200 = 0;
  for (let i = 0; i < ALL; i++) {
    const width = 320 + ((i * 37) % 320);
    const height = 200 + ((i * 53) % 160);
    const text = `Line ${i} of ${'many '.repeat(i % 5)}words`;
    const lines = [
      { text, x: width / 2, y: height / 3, size: 14 + (i % 11) },
      { text: `${i * 7_919}`, x: width / 2, y: (2 * height) / 3, size: 20 + (i % 17) },
    ];
    await read(await drawTextGolden(lines, { width, height }));
    if (i + 1 === FIRST) after200 = memoryMb();
  }
  const end = memoryMb();
  return [
    result(`text: memory after ${FIRST} different pictures`, after200, 'MB'),
    result(`text: memory after ${ALL}`, end, 'MB'),
    result(`text: growth from ${FIRST} to ${ALL} pictures`, (100 * (end - after200)) / after200, '%', {
      atMost: 5,
    }),
  ];
};

const memoryMb = () => process.memoryUsage.rss() / 1e6;
