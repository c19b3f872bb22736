import assert from 'node:assert/strict';
import test from 'node:test';
import { AREAS, averagePrecision, type FoundBox, matchBoxes, type TruthBox } from './averagePrecision.ts';

const thing = (box: TruthBox['box'], more: Partial<TruthBox> = {}): TruthBox => ({
  image: 1,
  label: 'cat',
  box,
  area: box[2] * box[3],
  isCrowd: false,
  ...more,
});
const found = (box: FoundBox['box'], score: number, more: Partial<FoundBox> = {}): FoundBox => ({
  image: 1,
  label: 'cat',
  box,
  score,
  ...more,
});
const near = (value: number, expected: number) =>
  assert.ok(Math.abs(value - expected) < 1e-9, `${value} for ${expected}`);

test('boxes that are the truth have a precision of 1, at every size that is there, and none at the others', () => {
  const truth = [thing([0, 0, 10, 10]), thing([50, 50, 40, 40], { label: 'dog' })];
  const result = averagePrecision(
    truth,
    truth.map(({ box, label }) => found(box, 0.9, { label })),
  );
  near(result.ap, 1);
  near(result.ap50, 1);
  near(result.apSmall, 1);
  near(result.apMedium, 1);
  assert.ok(Number.isNaN(result.apLarge));
});

test('precision is read at 101 points of recall: right, wrong, right of two things is (51 + 50 * 2/3) / 101', () => {
  const truth = [thing([0, 0, 100, 100]), thing([200, 0, 100, 100])];
  const { ap50 } = averagePrecision(truth, [
    found([0, 0, 100, 100], 0.9),
    found([500, 0, 100, 100], 0.8),
    found([200, 0, 100, 100], 0.7),
  ]);
  near(ap50, (51 + (50 * 2) / 3) / 101);
});

test('half of the things found is 51 of 101 points', () => {
  const truth = [thing([0, 0, 100, 100]), thing([200, 0, 100, 100])];
  near(averagePrecision(truth, [found([0, 0, 100, 100], 0.9)]).ap50, 51 / 101);
});

test('an overlap of 0.72 counts at five of the ten overlaps: 0.50 to 0.70', () => {
  const result = averagePrecision([thing([0, 0, 100, 100])], [found([0, 0, 72, 100], 0.9)]);
  near(result.ap, 0.5);
  near(result.ap50, 1);
});

test('an overlap of exactly 0.50 counts', () => {
  near(averagePrecision([thing([0, 0, 100, 100])], [found([0, 0, 50, 100], 0.9)]).ap50, 1);
});

test('the second box on one thing is wrong, whatever it overlaps', () => {
  const truth = [thing([0, 0, 100, 100])];
  const boxes = [found([0, 0, 90, 100], 0.9), found([0, 0, 100, 100], 0.8)];
  const { outcomes } = matchBoxes(truth, boxes, { overlap: 0.5, area: AREAS.all, maxFound: 100 });
  assert.deepEqual(
    outcomes.map(({ isRight }) => isRight),
    [true, false],
  );
});

test('a crowd is never missed, and any number of boxes in it counts for nothing', () => {
  const truth = [thing([0, 0, 20, 20]), thing([100, 100, 400, 400], { isCrowd: true })];
  const boxes = [found([0, 0, 20, 20], 0.5), found([110, 110, 50, 50], 0.9), found([300, 300, 50, 50], 0.8)];
  near(averagePrecision(truth, boxes).ap50, 1);
});

test('a box on a thing of another size counts for nothing, one of another size on nothing too', () => {
  const truth = [thing([0, 0, 20, 20]), thing([100, 100, 200, 200])];
  const boxes = [
    found([100, 100, 200, 200], 0.9),
    found([400, 400, 200, 200], 0.8),
    found([0, 0, 20, 20], 0.7),
  ];
  near(averagePrecision(truth, boxes).apSmall, 1);
  assert.ok(averagePrecision(truth, boxes).ap50 < 1);
  // What finds the large thing finds no small one.
  near(averagePrecision(truth, boxes.slice(0, 1)).apSmall, 0);
});

test('as in pycocotools, a thing of exactly 32 * 32 is small and medium', () => {
  const truth = [thing([0, 0, 32, 32])];
  const { apSmall, apMedium, apLarge } = averagePrecision(truth, [found([0, 0, 32, 32], 0.9)]);
  near(apSmall, 1);
  near(apMedium, 1);
  assert.ok(Number.isNaN(apLarge));
});

test('as in pycocotools, a recall of 7 of 20 is just below the point 35 * 0.01', () => {
  const truth = Array.from({ length: 20 }, (_, at) => thing([at * 200, 0, 100, 100]));
  const boxes = truth.slice(0, 7).map(({ box }) => found(box, 0.9));
  near(averagePrecision(truth, boxes).ap50, 35 / 101);
});

test('labels count the same however many things they have, and boxes of labels that are not there count for nothing', () => {
  const truth = [
    thing([0, 0, 100, 100]),
    ...[0, 200, 400].map((x) => thing([x, 300, 100, 100], { label: 'dog' })),
  ];
  const boxes = [found([0, 0, 100, 100], 0.9), found([0, 0, 100, 100], 0.9, { label: 'tie' })];
  near(averagePrecision(truth, boxes).ap50, 0.5);
});

test('of one label in one picture the best 100 boxes are counted', () => {
  const noise = Array.from({ length: 100 }, () => found([500, 500, 10, 10], 0.9));
  const boxes = [...noise, found([0, 0, 100, 100], 0.1)];
  near(averagePrecision([thing([0, 0, 100, 100])], boxes).ap50, 0);
  assert.ok(averagePrecision([thing([0, 0, 100, 100])], boxes, 101).ap50 > 0);
});

test('nothing about the result depends on the order of the boxes, nor on the scale of their scores', () => {
  const truth = [0, 200, 400].map((x) => thing([x, 0, 100, 100]));
  const boxes = [
    found([0, 0, 80, 100], 0.9),
    found([700, 0, 80, 100], 0.6),
    found([210, 0, 100, 100], 0.5),
    found([400, 20, 100, 90], 0.2),
  ];
  const { ap } = averagePrecision(truth, boxes);
  near(averagePrecision(truth, boxes.toReversed()).ap, ap);
  near(
    averagePrecision(
      truth,
      boxes.map((box) => ({ ...box, score: box.score ** 3 / 2 })),
    ).ap,
    ap,
  );
});
