import assert from 'node:assert/strict';
import test from 'node:test';
import { createLineCache } from './lineCache.ts';
import { readPicture } from './readPicture.ts';

const WIDTH = 320;
const HEIGHT = 160;
/** Two dark lines on white. */
const ROWS = [20, 100];

function picture() {
  const data = new Uint8Array(WIDTH * HEIGHT * 3).fill(255);
  for (const top of ROWS) data.fill(0, top * WIDTH * 3, (top + 30) * WIDTH * 3);
  return { data, width: WIDTH, height: HEIGHT };
}

const networks = {
  detect: async ({ width, height }: { width: number; height: number }) => {
    const data = new Float32Array(width * height);
    for (const top of ROWS) {
      for (let y = top; y < top + 30; y++) data.fill(0.9, y * width + 20, y * width + width - 20);
    }
    return { data, width, height };
  },
  recognize: async () => ({ text: 'line', score: 0.9, columns: [] }),
};

test('a frame without time reads one line more each time, and says how many are left', async () => {
  const cache = createLineCache();
  const read = () => readPicture(picture(), networks, { cache, hasTime: () => false });
  const first = await read();
  assert.deepEqual([first.lines.length, first.unread], [1, 1]);
  const second = await read();
  assert.deepEqual([second.lines.length, second.unread], [2, 0]);
});

test('a line that came nearer is read once more when there is time, and keeps the spaces that were read before', async () => {
  let isCoarse = true;
  const known = { text: 'a line', score: 0.9, turns: 0 };
  const read = async (recognized: { text: string; score: number }, hasTime = true) => {
    const added: string[] = [];
    const { lines } = await readPicture(
      picture(),
      { ...networks, recognize: async () => ({ ...recognized, columns: [] }) },
      {
        cache: {
          find: (_, quad) => ({ line: { ...known, quad }, isCoarse }),
          add: (_, __, { text }) => added.push(text),
        },
        hasTime: () => hasTime,
      },
    );
    return { texts: lines.map(({ text }) => text).toSorted(), added };
  };
  const both = (text: string) => ({ texts: ['a line', text].toSorted(), added: [text] });
  assert.deepEqual(await read({ text: 'a l ine', score: 0.8 }), both('a l ine'));
  assert.deepEqual(await read({ text: 'aline', score: 0.99 }), both('a line'));
  assert.deepEqual(await read({ text: 'a fine', score: 0.8 }), both('a line'));
  assert.deepEqual(await read({ text: 'a fine', score: 0.95 }), both('a fine'));
  const asBefore = { texts: ['a line', 'a line'], added: [] };
  assert.deepEqual(await read({ text: 'a fine', score: 0.95 }, false), asBefore);
  isCoarse = false;
  assert.deepEqual(await read({ text: 'a fine', score: 0.95 }), asBefore);
});
