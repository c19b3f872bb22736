import assert from 'node:assert/strict';
import test from 'node:test';
import { disagreementOf, MAX_DETAILS } from './disagreement.ts';
import { compared, type GoldenCase } from './runGoldens.ts';

const classified = (
  picture: string,
  scores: number[],
  found: number[],
  recordedBy = 'torch 2.6.0',
): GoldenCase =>
  compared({
    picture: `goldens/${picture}`,
    golden: { recordedBy, scores },
    answer: { task: 'image-classification', scores: Float32Array.from(found) },
  });

type Seen = [label: string, score: number, left?: number];
const detected = (recorded: Seen[], found: Seen[]): GoldenCase => {
  const detections = (seen: Seen[]) =>
    seen.map(([label, score, left = 0.1]) => ({
      label,
      score,
      box: [left, 0.1, 0.3, 0.3] as [number, number, number, number],
    }));
  return compared({
    picture: 'goldens/street.png',
    golden: { recordedBy: 'torch 2.6.0', minScore: 0.3, detections: detections(recorded) },
    answer: { task: 'object-detection', detections: detections(found) },
  });
};

test('what agrees says nothing', () => {
  assert.equal(disagreementOf([classified('cat.png', [0.9, 0.1], [0.91, 0.09])], ['cat', 'dog']), undefined);
});

test('scores that differ become one line, by the worst, with the list after it', () => {
  const found = disagreementOf(
    [
      classified('1-cat.png', [0.93, 0.07], [0.41, 0.59]),
      classified('2-dog.png', [0.1, 0.9], [0.2, 0.8]),
      classified('3-sea.png', [0.5, 0.5], [0.5, 0.5]),
    ],
    ['cat', 'dog'],
  );
  assert.equal(
    found?.summary.text,
    'It does not answer as where it was trained: 2 of 3 recorded pictures differ, the worst is 1-cat.png: cat 0.93 recorded, 0.41 here.',
  );
  assert.deepEqual(found?.details, [
    '1-cat.png: score 0.9300 recorded for label 1, the graph gives 0.4100',
    '2-dog.png: score 0.1000 recorded for label 1, the graph gives 0.2000',
  ]);
});

test('records of our own are not called training', () => {
  const found = disagreementOf([classified('a.png', [1], [0], 'onnxruntime-node 1.30.0')], []);
  assert.match(
    found?.summary.text ?? '',
    /as when it was imported.*1 of 1 recorded pictures differs.*label 1 1\.00/,
  );
});

const worst: [title: string, one: GoldenCase, says: RegExp][] = [
  ['a thing that is gone', detected([['cat', 0.9]], []), /street\.png: cat 0\.90 recorded, none here\.$/],
  ['a thing that is new', detected([], [['cat', 0.9]]), /: cat is not recorded, 0\.90 here\.$/],
  ['a thing elsewhere', detected([['cat', 0.9]], [['cat', 0.9, 0.5]]), /: boxes lie elsewhere/],
  [
    'a score that is no number',
    classified('a.png', [0.5, 0.5], [0.6, Number.NaN]),
    /: dog 0\.50 recorded, NaN here\.$/,
  ],
  [
    'another number of scores',
    classified('a.png', [0.5, 0.5], [1]),
    /2 scores recorded, the graph gives 1\.$/,
  ],
  [
    'an embedding',
    compared({
      picture: 'a.png',
      golden: { recordedBy: 'torch 2.6.0', embedding: [1, 0] },
      answer: { task: 'image-embedding', embedding: Float32Array.of(0, 1) },
    }),
    /: embedding turned away: cosine 0\.00000\.$/,
  ],
];
for (const [title, one, says] of worst) {
  test(`the worst is named: ${title}`, () => {
    assert.match(disagreementOf([one], ['cat', 'dog'])?.summary.text ?? '', says);
  });
}

test('a long list ends with how many are left out', () => {
  const many = Array.from({ length: 60 }, (_, at): Seen => [`thing ${at}`, 0.9]);
  const { summary, details = [] } = disagreementOf([detected(many, [])], []) ?? {};
  const text = String(summary);
  assert.ok(text.length < 200, text);
  assert.equal(details.length, MAX_DETAILS);
  assert.equal(details.at(-1), '… and 11 more');
});
