import assert from 'node:assert/strict';
import test from 'node:test';
import type { ImportOptions } from '../../../protocol/models.ts';
import { ImportError } from '../importError.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import { constantDetector } from '../testing/detectorForms/constantDetector.ts';
import { ANCHORS, anchorTable, dogOf, LABELS, output, SIDE, v8 } from '../testing/detectorForms/parts.ts';
import { PICKED_FORMS } from '../testing/detectorForms/picked.ts';
import { SCORED_FORMS } from '../testing/detectorForms/scored.ts';
import { YOLO_FORMS } from '../testing/detectorForms/yolo.ts';
import { decided, importBytes } from '../testing/importForTests.ts';

/*
 * What exporters of detectors write, each with inputs of 64x64 pixels and one thing: a dog of 0.9, from 0.1, 0.2 on, as
 * wide and high as 0.4. Each is read so, or refused by the name of its family.
 */

const [cat] = await samplePictures();
assert.ok(cat);

const FORMS = { ...YOLO_FORMS, ...PICKED_FORMS, ...SCORED_FORMS };

for (const [
  name,
  { outputs, input = [1, 3, SIDE, SIDE], dtype, metadata, options, files = {}, right, label = 'dog' },
] of Object.entries(FORMS)) {
  test(`${name}: ${typeof right === 'string' ? `read by ${right}` : 'refused by name'}`, async (t) => {
    const bytes = constantDetector({
      input,
      outputs,
      ...(dtype ? { dtype } : {}),
      ...(metadata ? { metadata } : {}),
    });
    const isNamed = metadata !== undefined || 'config.json' in files || options?.labels?.length === 0;
    const { labels, ...others } = options ?? {};
    const given: ImportOptions = { ...(isNamed ? {} : { labels: labels ?? LABELS }), ...others };
    const run = importBytes(t, bytes, given, { samples: [cat], files });
    if (typeof right !== 'string') {
      await assert.rejects(run, (error) => {
        assert.ok(error instanceof ImportError);
        assert.ok(['unsupported_model', 'needs_options'].includes(error.code));
        assert.match(error.message, right);
        return true;
      });
      return;
    }
    const { report } = await run;
    const how = others.head === undefined ? 'inferred' : 'given';
    assert.equal(decided(report, 'head'), `${right}, ${how}`);
    const found = report.samples[0]?.labels ?? [];
    // The sample is square, so that boxes of the input are those of the picture.
    assert.deepEqual(
      found.map((one) => [one.label, one.score.toFixed(2), one.box?.map((side) => side.toFixed(3))]),
      [[label, found[0]?.score.toFixed(2), ['0.100', '0.200', '0.400', '0.400']]],
    );
    assert.ok((found[0]?.score ?? 0) > 0.85);
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-4);
  });
}

test('a list of labels that is too short or too long changes names, not the reading', async (t) => {
  const v5 = constantDetector({
    outputs: [output('output0', [1, 3 * ANCHORS, 8], anchorTable(3 * ANCHORS, 8, dogOf([1])))],
  });
  const yolo = constantDetector({ outputs: [v8(anchorTable(ANCHORS, 7, dogOf()))] });
  for (const labels of [
    ['one', 'two'],
    ['one', 'two', 'three', 'four'],
  ]) {
    for (const [bytes, head] of [[v5, 'yolo-v5'] as const, [yolo, 'yolo-v8'] as const]) {
      const { report } = await importBytes(t, bytes, { labels }, { samples: [cat] });
      assert.equal(decided(report, 'head'), `${head}, inferred`);
      assert.ok(report.warnings.some(({ code }) => code === 'label_count'));
      assert.deepEqual(
        report.samples[0]?.labels[0]?.box?.map((side) => side.toFixed(3)),
        ['0.100', '0.200', '0.400', '0.400'],
      );
    }
  }
});
