import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { PictureAnswer } from '../../../vision/tasks/taskOf.ts';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import type { Truth } from '../truth/truth.ts';
import { judgeBoxes } from './boxJudge.ts';
import { linesOfFolders, readClassFolders } from './classFolders.ts';
import type { JudgedVersion } from './judge.ts';
import { judgeNames } from './nameJudge.ts';

/** As far as judges read it. */
const version = (task: string, labels: readonly string[]) =>
  ({ manifest: { task, minScore: { floor: 0.1, default: 0.5 } }, labels }) as unknown as JudgedVersion;

const SIZE = { width: 100, height: 100 };
const WHOLE = [0, 0, 1, 1] as const;
const LEFT = [0, 0, 0.5, 1] as const;

describe('boxes', () => {
  const detector = version('object-detection', ['cat', 'Dog, hound', 'kite']);
  const found = (...detections: Extract<PictureAnswer, { task: 'object-detection' }>['detections']) =>
    ({ task: 'object-detection', detections }) as const;
  const picture = (name: string) => ({ name, file: name });
  const truth: Truth = {
    pictures: new Map([
      ['a.jpg', { things: [{ label: 'Cat', box: LEFT, isCrowd: false }] }],
      [
        'b.jpg',
        {
          things: [
            { label: 'hound', box: WHOLE, isCrowd: false },
            { label: 'unicorn', box: LEFT, isCrowd: false },
          ],
        },
      ],
    ]),
    classes: ['Cat', 'hound', 'unicorn'],
  };

  test('labels are matched by any of their names; those that the model lacks are left out, and told', () => {
    const judge = judgeBoxes(detector, ['a.jpg', 'b.jpg', 'c.jpg'].map(picture), truth, { worst: 5 });
    assert.deepEqual(
      judge.pictures.map(({ name }) => name),
      ['a.jpg', 'b.jpg'],
    );
    judge.see(picture('a.jpg'), found({ label: 'cat', score: 0.9, box: LEFT }), SIZE);
    judge.see(picture('b.jpg'), found({ label: 'Dog, hound', score: 0.3, box: WHOLE }), SIZE);
    const { score, worst, notes, classes } = judge.result();
    assert.deepEqual(score, { kind: 'boxes', pictures: 2, things: 2, ap: 1, ap50: 1 });
    // Right, but not sure enough to be shown.
    assert.deepEqual(worst, [{ picture: 'b.jpg', faults: 1, missed: ['Dog, hound'], wrong: [] }]);
    assert.deepEqual(
      classes.map(({ label, count }) => [label, count]),
      [
        ['cat', 1],
        ['Dog, hound', 1],
      ],
    );
    assert.match(
      notes.join('\n'),
      /1 picture has no labels, and was left out.*\n.*does not have were left out: unicorn/,
    );
  });

  test('a label that nobody boxed is neither right nor wrong; one that was is wrong where it is not', () => {
    const judge = judgeBoxes(detector, [picture('a.jpg')], truth, { worst: 5 });
    judge.see(
      picture('a.jpg'),
      found(
        { label: 'cat', score: 0.9, box: LEFT },
        { label: 'kite', score: 0.8, box: WHOLE },
        { label: 'Dog, hound', score: 0.7, box: WHOLE },
      ),
      SIZE,
    );
    assert.deepEqual(judge.result().worst, [
      { picture: 'a.jpg', faults: 1, missed: [], wrong: [{ label: 'Dog, hound', score: 0.7 }] },
    ]);
  });

  test('sizes go by the pixels of the picture that was boxed, where its file says them', () => {
    const boxed = {
      size: { width: 1000, height: 1000 },
      things: [{ label: 'cat', box: LEFT, isCrowd: false }],
    };
    const judge = judgeBoxes(
      detector,
      [picture('a.jpg')],
      { pictures: new Map([['a.jpg', boxed]]), classes: ['cat'] },
      { worst: 0 },
    );
    judge.see(picture('a.jpg'), found({ label: 'cat', score: 0.9, box: LEFT }), { width: 10, height: 10 });
    assert.deepEqual(judge.result().more, { ap75: 1, apLarge: 1, ar: 1 });
  });

  test('a truth of other labels alone is refused', () => {
    const cards = { pictures: truth.pictures, classes: ['ace', 'king'] };
    assert.throws(() => judgeBoxes(detector, [picture('a.jpg')], cards, { worst: 1 }), {
      code: 'unknown_source',
      message: /labels for ace, king; the model knows cat/,
    });
  });
});

describe('names', () => {
  const LABELS = ['tabby cat', 'Siamese cat', 'red fox, Vulpes vulpes', 'dog', 'cup', 'kite'];
  const classifier = version('image-classification', LABELS);
  const named = (...names: readonly [string, number][]): PictureAnswer => ({
    task: 'image-classification',
    names: names.map(([label, score]) => ({ label, score })),
  });

  async function foldersWith(t: TestContext, files: readonly string[]) {
    const dir = await temporaryFolder(t);
    for (const file of files) {
      await mkdir(path.dirname(path.join(dir, file)), { recursive: true });
      await writeFile(
        path.join(dir, file),
        'n01440764 tench, Tinca tinca\nn02119022 red fox, Vulpes vulpes\n',
      );
    }
    return dir;
  }

  test('folders are matched by label, by one of its names, and as pictures are named; the others are told', async (t) => {
    const dir = await foldersWith(t, [
      'cat/1.jpg',
      'Red_fox/1.JPEG',
      'dog/1.png',
      'dog/2.png',
      'boat/1.jpg',
      'empty/a.txt',
    ]);
    const folders = await readClassFolders(dir);
    const lines = await linesOfFolders(dir, folders, LABELS);
    assert.deepEqual(Object.fromEntries(lines), { boat: [], cat: [0, 1], dog: [3], Red_fox: [2] });
    const judge = judgeNames(classifier, folders, lines, { worst: 9 });
    assert.equal(judge.pictures.length, 4);
    const answers: Record<string, PictureAnswer> = {
      'Red_fox/1.JPEG': named(['dog', 0.6], ['red fox, Vulpes vulpes', 0.3]),
      'cat/1.jpg': named(['Siamese cat', 0.9]),
      'dog/1.png': named(['dog', 0.9]),
      'dog/2.png': named(
        ['cup', 0.9],
        ['kite', 0.05],
        ['tabby cat', 0.02],
        ['Siamese cat', 0.01],
        ['red fox, Vulpes vulpes', 0.01],
        ['dog', 0.01],
      ),
    };
    for (const picture of judge.pictures) judge.see(picture, answers[picture.name] ?? named(), SIZE);
    const { score, worst, notes } = judge.result();
    assert.deepEqual(score, { kind: 'names', pictures: 4, classes: 3, top1: 0.5, top5: 0.75 });
    assert.deepEqual(
      worst.map(({ picture, missed, wrong }) => [picture, missed[0], wrong[0]?.label]),
      [
        ['dog/2.png', 'dog', 'cup'],
        ['Red_fox/1.JPEG', 'Red_fox', 'dog'],
      ],
    );
    assert.match(notes[0] ?? '', /left out: boat/);
  });

  test('ImageNet’s folders mean what the file next to them says, or are in the order of the labels', async (t) => {
    const files = ['n02119022/a.JPEG', 'n01440764/b.JPEG'];
    const numbered = await foldersWith(t, files);
    const folders = await readClassFolders(numbered);
    const linesIn = async (dir: string, labels: readonly string[]) =>
      Object.fromEntries(await linesOfFolders(dir, folders, labels));
    assert.deepEqual(await linesIn(numbered, ['tench', 'fox']), { n01440764: [0], n02119022: [1] });
    const first = ['background', 'tench', 'fox'];
    assert.deepEqual(await linesIn(numbered, first), { n01440764: [1], n02119022: [2] });
    await assert.rejects(linesIn(numbered, LABELS), { code: 'unknown_source', message: /synset_words/ });
    const explained = await foldersWith(t, [...files, 'synset_words.txt']);
    assert.deepEqual(await linesIn(explained, LABELS), { n01440764: [], n02119022: [2] });
  });

  test('folders of other things are refused, and so is a folder without any', async (t) => {
    const dir = await foldersWith(t, ['boat/1.jpg']);
    const folders = await readClassFolders(dir);
    const lines = await linesOfFolders(dir, folders, LABELS);
    assert.throws(() => judgeNames(classifier, folders, lines, { worst: 1 }), { message: /Folders: boat\./ });
    await assert.rejects(readClassFolders(path.join(dir, 'boat')), { message: /a folder for each class/ });
  });
});
