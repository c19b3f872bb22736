import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import type { ImportOptions, ImportQuestion } from '../../../protocol/models.ts';
import { openModel } from '../../inference/model.ts';
import { ImportError, type ImportErrorCode } from '../importError.ts';
import { codes, decided, importBytes } from '../testing/importForTests.ts';
import { IMAGENET, trainedModel } from '../testing/modelsForTests.ts';
import { type GivenOutput, modelGiving } from '../testing/outputsForTests.ts';

async function refusalOf(
  t: Parameters<typeof importBytes>[0],
  bytes: Uint8Array,
  options?: ImportOptions,
): Promise<{ code: ImportErrorCode; message: string; question: ImportQuestion | undefined }> {
  const error = await importBytes(t, bytes, options).then(
    ({ report }) => assert.fail(`it is imported as ${report.task}`),
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof ImportError, String(error));
  return error;
}

const values = ({ question }: { question: ImportQuestion | undefined }) =>
  question?.choices.map(({ value }) => value);

/** As CLIP's, DINOv2's and face networks come from their exporters. */
const embeddings: readonly {
  what: string;
  model: Uint8Array;
  config?: string;
  task: string;
  output: string | undefined;
  size: number;
  dropped: readonly string[];
}[] = [
  {
    what: 'CLIP gives image_embeds, and all tokens',
    model: modelGiving([
      { name: 'image_embeds', shape: [512] },
      { name: 'last_hidden_state', shape: [50, 16] },
    ]),
    task: 'image-embedding, inferred',
    output: 'image_embeds, inferred',
    size: 512,
    dropped: ['last_hidden_state'],
  },
  {
    what: 'DINOv2 gives pooler_output, and all tokens',
    model: modelGiving(
      [
        { name: 'last_hidden_state', shape: [257, 8] },
        { name: 'pooler_output', shape: [8] },
      ],
      [224, 224],
    ),
    config: 'Dinov2Model',
    task: 'image-embedding, said by the model',
    output: 'pooler_output, inferred',
    size: 8,
    dropped: ['last_hidden_state'],
  },
  {
    what: 'CLIP with a projection in addition to its pooled output',
    model: modelGiving([
      { name: 'pooler_output', shape: [768] },
      { name: 'image_embeds', shape: [512] },
    ]),
    config: 'CLIPVisionModelWithProjection',
    task: 'image-embedding, said by the model',
    output: 'image_embeds, inferred',
    size: 512,
    dropped: ['pooler_output'],
  },
  {
    what: 'ResNet of transformers gives a map and its mean',
    model: modelGiving([
      { name: 'last_hidden_state', shape: [64, 7, 7] },
      { name: 'pooler_output', shape: [64, 1, 1] },
    ]),
    config: 'ResNetModel',
    task: 'image-embedding, said by the model',
    output: 'pooler_output, inferred',
    size: 64,
    dropped: ['last_hidden_state'],
  },
  {
    what: 'ArcFace, whose export names nothing',
    model: modelGiving([{ name: '683', shape: [512] }], [112, 112]),
    task: 'image-embedding, inferred',
    output: undefined,
    size: 512,
    dropped: [],
  },
  {
    what: 'a vector of length 1 that nothing names',
    model: modelGiving([{ name: 'output', shape: [256], ends: 'length' }]),
    task: 'image-embedding, inferred',
    output: undefined,
    size: 256,
    dropped: [],
  },
];
for (const { what, model, config, task, output, size, dropped } of embeddings) {
  test(`an embedding: ${what}`, async (t) => {
    const files = config ? { 'config.json': JSON.stringify({ architectures: [config] }) } : {};
    const { report, manifest, stagingDir } = await importBytes(t, model, {}, { files });
    assert.deepEqual([decided(report, 'task'), decided(report, 'output')], [task, output]);
    assert.deepEqual(report.dropped?.map(({ name }) => name) ?? [], dropped);
    assert.deepEqual([report.labelCount, manifest.labels, codes(report)], [0, undefined, []]);
    assert.equal(report.goldens.sameTop, 4);
    const opened = await openModel(
      { manifest, labels: [], graphFiles: { main: path.join(stagingDir, 'model.onnx') } },
      1,
    );
    const answer = await opened.run(new Uint8Array(manifest.input.width * manifest.input.height * 3));
    assert.equal(answer.task === 'image-embedding' && answer.embedding.length, size);
  });
}

test('of all tokens the class token is read, which comes first', async (t) => {
  const tokens = modelGiving([{ name: 'last_hidden_state', shape: [257, 8] }], [224, 224]);
  const alone = await importBytes(t, tokens);
  assert.equal(decided(alone.report, 'task'), 'image-embedding, inferred');
  assert.match(
    alone.report.decisions.find(({ field }) => field === 'task')?.why ?? '',
    /class token, the first of 257/,
  );
  const { manifest, stagingDir } = alone;
  const opened = await openModel(
    { manifest, labels: [], graphFiles: { main: path.join(stagingDir, 'model.onnx') } },
    1,
  );
  const pixels = new Uint8Array(224 * 224 * 3).fill(90);
  const answer = await opened.run(pixels);
  assert.ok(answer.task === 'image-embedding' && answer.embedding.length === 8);
  // The importer's own reading in plain TypeScript.
  assert.equal(alone.report.goldens.sameTop, 4);
  assert.ok((alone.report.goldens.largestDifference ?? 1) < 1e-4);
  // A grid of 7x7 parts without a token for the whole, as Swin gives it.
  const parts = modelGiving([{ name: 'last_hidden_state', shape: [49, 8] }], [224, 224]);
  const refusal = await refusalOf(t, parts);
  assert.equal(refusal.code, 'unsupported_model');
  assert.match(refusal.message, /a vector for each part of the picture and none for the whole/);
});

test('labels that come with a model are its head, whatever the configuration of its trunk says', async (t) => {
  const files = { 'config.json': JSON.stringify({ architectures: ['ViTModel'] }), 'labels.txt': 'a\nb\nc\n' };
  const { report } = await importBytes(t, modelGiving([{ name: 'output', shape: [3] }]), {}, { files });
  assert.deepEqual([report.task, report.firstLabels], ['image-classification', ['a', 'b', 'c']]);
});

test('one of several vectors is read when something names it, and the report tells the others', async (t) => {
  const several = modelGiving([
    { name: 'age', shape: [1] },
    { name: 'gender', shape: [2], ends: 'Softmax' },
    { name: 'embedding', shape: [128] },
  ]);
  const asked = await refusalOf(t, several);
  assert.equal(asked.code, 'needs_options');
  assert.match(
    asked.message,
    /3 possible outputs.*--output NAME.*"gender" float32 \[N, 2\].*"embedding" float32/s,
  );
  assert.deepEqual([asked.question?.field, values(asked)], ['output', ['age', 'gender', 'embedding']]);

  const { report: gender } = await importBytes(t, several, { output: 'gender' });
  assert.deepEqual([gender.task, gender.labelCount], ['image-classification', 2]);
  assert.equal(decided(gender, 'output'), 'gender, given');
  assert.deepEqual(
    gender.dropped?.map(({ name, why }) => ({ name, why })),
    [
      { name: 'age', why: '[1], something else; read with --output' },
      { name: 'embedding', why: '[128], an embedding; read with --output' },
    ],
  );
  const { report: labelled } = await importBytes(t, several, { labels: ['female', 'male'] });
  assert.equal(decided(labelled, 'output'), 'gender, inferred');
  const { report: embedding } = await importBytes(t, several, { output: 'embedding' });
  assert.equal(embedding.task, 'image-embedding');
  // What is asked for is still no classifier: a measure is asked about.
  const age = await refusalOf(t, several, { output: 'age' });
  assert.deepEqual([age.code, age.question?.field], ['needs_options', 'task']);
  const unknown = await refusalOf(t, several, { output: 'ages' });
  assert.deepEqual([unknown.code, values(unknown)], ['needs_options', ['age', 'gender', 'embedding']]);
});

test('logits and their scores, heads of training, embeddings and label numbers in addition to scores need no answer', async (t) => {
  const read = async (outputs: readonly GivenOutput[], options?: ImportOptions) => {
    const { report } = await importBytes(t, modelGiving(outputs), options);
    return [report.task, decided(report, 'output'), report.dropped?.map(({ name }) => name)];
  };
  assert.deepEqual(
    await read([
      { name: 'logits', shape: [5] },
      { name: 'probs', shape: [5], ends: 'Softmax' },
    ]),
    ['image-classification', 'probs, inferred', ['logits']],
  );
  assert.deepEqual(
    await read([
      { name: 'logits', shape: [5] },
      { name: 'aux_logits', shape: [5] },
    ]),
    ['image-classification', 'logits, inferred', ['aux_logits']],
  );
  assert.deepEqual(
    await read([
      { name: 'pooler_output', shape: [64] },
      { name: 'logits', shape: [5] },
    ]),
    ['image-classification', 'logits, inferred', ['pooler_output']],
  );
  assert.deepEqual(
    await read([
      { name: 'label', shape: [1], areNumbers: true },
      { name: 'probabilities', shape: [5] },
    ]),
    ['image-classification', 'probabilities, inferred', ['label']],
  );
});

test('a vector that nothing names is asked about, and the answer is taken', async (t) => {
  const bytes = modelGiving([{ name: 'output', shape: [512] }]);
  const asked = await refusalOf(t, bytes);
  assert.equal(asked.code, 'needs_options');
  assert.match(asked.message, /"output" is a vector of 512 numbers.*--labels.*--task image-embedding/);
  assert.deepEqual(
    [asked.question?.field, values(asked)],
    ['task', ['image-classification', 'image-embedding']],
  );
  const { report: embedding } = await importBytes(t, bytes, { task: 'image-embedding' });
  assert.equal(embedding.task, 'image-embedding');
  const { report: classifier } = await importBytes(t, bytes, { task: 'image-classification' });
  assert.deepEqual([classifier.labelCount, codes(classifier)], [512, ['no_labels']]);
  const labels = Array.from({ length: 512 }, (_, i) => `label ${i}`);
  const { report: labelled } = await importBytes(t, bytes, { labels });
  assert.deepEqual([labelled.task, codes(labelled)], ['image-classification', []]);
  // Labels of another count name nothing.
  assert.equal((await refusalOf(t, bytes, { labels: ['a', 'b'] })).code, 'needs_options');
});

test('landmarks and boxes go live as nothing: by name, by size, and behind a sigmoid', async (t) => {
  const refused = async (output: GivenOutput) => (await refusalOf(t, modelGiving([output]))).code;
  assert.equal(await refused({ name: 'landmarks', shape: [10] }), 'unsupported_model');
  assert.equal(await refused({ name: 'pred_boxes', shape: [4] }), 'unsupported_model');
  assert.equal(
    await refused({ name: 'output', shape: [136], ends: 'Sigmoid', isSteady: true }),
    'unsupported_model',
  );
  // As many as points have, and no places: it is asked about.
  assert.equal(await refused({ name: 'output', shape: [1404] }), 'needs_options');
  const named = await refusalOf(t, modelGiving([{ name: 'landmarks', shape: [136] }]));
  assert.equal(named.code, 'unsupported_model');
  assert.match(named.message, /coordinates, such as 68 points \(x, y\).*--labels.*--task/);
  const flags = modelGiving([
    { name: 'mesh', shape: [1404] },
    { name: 'flag', shape: [1] },
  ]);
  assert.equal((await refusalOf(t, flags)).code, 'unsupported_model');
  const options: ImportOptions = { task: 'image-classification' };
  const { report } = await importBytes(t, modelGiving([{ name: 'landmarks', shape: [136] }]), options);
  assert.equal(report.task, 'image-classification');
});

test('scores of boxes are no classifier: BlazeFace, SCRFD', async (t) => {
  const blazeFace = modelGiving([
    { name: 'classificators_1', shape: [512, 1] },
    { name: 'classificators_2', shape: [384, 1] },
    { name: 'regressors_1', shape: [512, 16] },
    { name: 'regressors_2', shape: [384, 16] },
  ]);
  const scrfd = modelGiving([
    { name: 'score_8', shape: [200, 1], ends: 'Sigmoid' },
    { name: 'bbox_8', shape: [200, 10] },
    { name: 'kps_8', shape: [200, 12] },
  ]);
  for (const bytes of [blazeFace, scrfd]) {
    assert.equal((await refusalOf(t, bytes)).code, 'unsupported_model');
  }
});

test('the number of the best class alone has no scores', async (t) => {
  const refusal = await refusalOf(t, modelGiving([{ name: 'label', shape: [1], areNumbers: true }]));
  assert.equal(refusal.code, 'unsupported_model');
});

test('a network that learned is known by its logits, under a name that tells nothing', async (t) => {
  const bytes = await trainedModel({ preparation: IMAGENET, gives: 'logits', outputName: 'output' });
  const { report } = await importBytes(t, bytes, { fit: 'stretch', resample: 'bilinear' });
  assert.deepEqual(
    [report.task, report.labelCount, codes(report)],
    ['image-classification', 80, ['no_labels']],
  );
});
