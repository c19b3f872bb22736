import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportReport } from '../../protocol/models.ts';
import { reportText } from './reportText.ts';

const REPORT: ImportReport = {
  format: 'onnx',
  source: 'faces.onnx',
  id: 'faces',
  name: 'faces',
  version: 'abc',
  task: 'image-embedding',
  inputs: [],
  outputs: [],
  graphBytes: 1,
  parameters: 1,
  license: 'MIT',
  labelCount: 0,
  firstLabels: [],
  decisions: [],
  samples: [],
  warnings: [],
  cost: { loadMs: 1, inferMs: 1, memoryBytes: 1 },
  goldens: { count: 1 },
};

test('outputs that are not read stand in the report, with why', () => {
  const dropped = [
    { name: 'age', why: '[1], something else; read with --output' },
    { name: 'last_hidden_state', why: '[50, 768], no vector for the whole picture' },
  ];
  assert.match(
    reportText({ ...REPORT, dropped }),
    /Unused outputs:\n {2}age {16}\[1\], something else; read with --output\n {2}last_hidden_state {2}\[50, 768\]/,
  );
  assert.doesNotMatch(reportText(REPORT), /Unused outputs/);
});

test('the report says what proves how pictures are prepared, and once what would', () => {
  const evidenceLine = (evidence: NonNullable<ImportReport['evidence']>) =>
    /^Preprocessing: (.*)$/m.exec(reportText({ ...REPORT, evidence }))?.[1] ?? '';
  assert.equal(evidenceLine({ kind: 'goldens', right: 3, of: 3 }), '3 of 3 goldens agree.');
  assert.equal(
    evidenceLine({ kind: 'named pictures', right: 9, of: 12 }),
    '9 of 12 pictures that are named after labels get their label.',
  );
  assert.equal(evidenceLine({ kind: 'published' }), 'as declared by the files of the model.');
  for (const kind of ['none', 'given'] as const) {
    assert.match(evidenceLine({ kind }), /Not proven yet.*--samples DIR.*preprocessor_config\.json/);
  }
});

test('what was decided fits a terminal of 80 columns; a long value does not push all reasons aside', () => {
  const steps = 'shortest side to 256 (bicubic, antialiased), then cut to 224x224';
  const why = 'preprocessor_config.json, RTDetrImageProcessor, and the first ops of the graph need it so';
  const decisions: ImportReport['decisions'] = [
    { field: 'channels', value: 'RGB', how: 'said by the model', why },
    { field: 'steps', value: steps, how: 'said by the model', why: 'preprocessor_config.json' },
    { field: 'minScore', value: '0.5', how: 'assumed', why: 'usual here' },
  ];
  const lines = reportText({ ...REPORT, decisions }).split('\n');
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
  const text = lines.map((line) => line.trim()).join('\n');
  assert.match(text, /^channels +RGB +said by the model:\npreprocessor_config\.json,/m);
  assert.match(text, /^steps +shortest side to 256 .*…\nsaid by the model:\npreprocessor_config\.json$/m);
  assert.match(text, /^minScore +0\.5 +assumed: usual here$/m);
});

test('a model folder, of which nothing was decided, has no decisions', () => {
  const made = { field: 'channels', value: 'RGB', how: 'given', why: 'given' } as const;
  assert.match(reportText({ ...REPORT, decisions: [made] }), /^Decisions:\n {2}channels/m);
  assert.doesNotMatch(reportText({ ...REPORT, decisions: [] }), /Decisions/);
});

test('an embedding has found nothing wrong: it names nothing', () => {
  const samples = [{ name: 'cat', labels: [] }];
  assert.match(reportText({ ...REPORT, samples }), /^ {2}cat {2}a vector without labels$/m);
  assert.match(reportText({ ...REPORT, samples, task: 'object-detection' }), /^ {2}cat {2}nothing$/m);
});
