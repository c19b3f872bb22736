import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Label } from '../../protocol/messages.ts';
import type { Quad } from '../../vision/quad.ts';
import type { ShownLabel } from '../overlay/trackBoard.ts';
import { ShownText, type TextLine } from './shownText.ts';

const PICTURE = { width: 640, height: 480 };

function line(
  id: number,
  text: string,
  y: number,
  more: { format?: string; leaving?: boolean } = {},
): ShownLabel {
  const quad: Quad = [
    [0.1, y],
    [0.6, y],
    [0.6, y + 0.05],
    [0.1, y + 0.05],
  ];
  const { format, leaving = false } = more;
  const box = [0.1, y, 0.5, 0.05] as const;
  return {
    label: {
      id,
      label: text,
      text,
      format,
      score: 0.9,
      box: [...box],
      quad: quad.map(([x, top]) => [x, top]) as Label['quad'],
    },
    box: [...box],
    quad,
    leaving,
  };
}

function watched() {
  const told: (readonly string[])[] = [];
  let last: readonly TextLine[] = [];
  const selections: (readonly number[])[] = [];
  const selected = () => last.filter(({ isSelected }) => isSelected).map(({ id }) => id);
  const text = new ShownText({
    onLines(lines) {
      last = lines;
      told.push(lines.map((line) => line.text));
    },
    onSelected: () => selections.push(selected()),
  });
  return { told, text, selected, selections };
}

test('lines come in reading order, however the tracker orders them', () => {
  const { told, text } = watched();
  text.see([line(3, 'third', 0.5), line(1, 'first', 0.1), line(2, 'second', 0.3)], PICTURE);
  assert.deepEqual(told, [['first', 'second', 'third']]);
});

test('the same lines elsewhere are not told again; another reading, a line that leaves, and none are', () => {
  const { told, text } = watched();
  text.see([line(1, 'Station', 0.1), line(2, 'Road', 0.3)], PICTURE);
  text.see([line(1, 'Station', 0.12), line(2, 'Road', 0.32)], PICTURE);
  assert.equal(told.length, 1);
  text.see([line(1, 'Station 1', 0.1), line(2, 'Road', 0.3)], PICTURE);
  text.see([line(1, 'Station 1', 0.1), line(2, 'Road', 0.3, { leaving: true })], PICTURE);
  text.clear();
  text.clear();
  assert.deepEqual(told.slice(1), [['Station 1', 'Road'], ['Station 1'], []]);
});

test('codes and names of things are no lines', () => {
  const { told, text } = watched();
  const { quad: _, ...thing } = line(5, 'cat', 0.1);
  text.see([line(4, 'https://example.com', 0.1, { format: 'QRCode' }), thing], PICTURE);
  assert.deepEqual(told, []);
});

const THREE = [line(7, 'first', 0.1), line(3, 'second', 0.3), line(5, 'third', 0.5)];

test('lines are selected from one to another in reading order, whichever way', () => {
  const { text, selected } = watched();
  text.see(THREE, PICTURE);
  text.select(3, 5);
  assert.deepEqual(selected(), [3, 5]);
  text.select(3, 7);
  assert.deepEqual(selected(), [7, 3]);
  assert.ok(text.isSelected(7) && !text.isSelected(5));
  text.select(3, 99);
  assert.deepEqual(selected(), [7, 3], 'a line that is not there changes nothing');
  text.unselect();
  assert.deepEqual(selected(), []);
});

test('that other lines are selected is told once, and not of lines that come and go', () => {
  const { text, selections } = watched();
  text.see(THREE, PICTURE);
  text.select(3, 5);
  text.select(5, 3);
  text.see(THREE.slice(1), PICTURE);
  text.unselect();
  text.unselect();
  assert.deepEqual(selections, [[3, 5], []]);
});

test('the keys take the selection from line to line, back over its beginning, and no further than the last line', () => {
  const { text, selected } = watched();
  text.see(THREE, PICTURE);
  const after = (id: number, step: 1 | -1) => [text.extend(id, step), ...selected()];
  assert.deepEqual(after(3, 1), [5, 3, 5]);
  assert.deepEqual(after(5, 1), [5, 3, 5]);
  assert.deepEqual(after(5, -1), [3, 3]);
  assert.deepEqual(after(3, -1), [7, 7, 3]);
  text.unselect();
  assert.deepEqual(after(5, -1), [3, 3, 5], 'from the line that has the focus');
});

test('a selected line that is missed for a moment is selected when it is back; the next picture begins without', () => {
  const { text, selected } = watched();
  text.see(THREE, PICTURE);
  text.select(7, 3);
  text.see(THREE.slice(1), PICTURE);
  assert.deepEqual(selected(), [3]);
  text.see(THREE, PICTURE);
  assert.deepEqual(selected(), [7, 3]);
  text.clear();
  text.see(THREE, PICTURE);
  assert.deepEqual(selected(), []);
});
