import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { CodedError } from '../../../protocol/errors.ts';
import { answerBody, answerTypeOf } from './answerType.ts';
import { isContractPath } from './contracts.ts';
import { readCustomAttributes } from './customAttributes.ts';
import { assertFewValues } from './jsonValues.ts';
import { pageOf } from './loadedModels.ts';
import { readInferRequest } from './oipRequest.ts';
import { inferAnswer } from './oipResponse.ts';
import { readPictureJson } from './pictureJson.ts';
import { pngOf } from './png.ts';

const MAX = 1_000;
const b64 = (text: string) => Buffer.from(text).toString('base64');
const texts = (pictures: readonly Uint8Array[]) => pictures.map((picture) => Buffer.from(picture).toString());
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return 'none';
};

test('pictures in JSON are read in every form, in order, with their options', () => {
  const one = readPictureJson(JSON.stringify({ b64: b64('a'), parameters: { minScore: 0.4 } }), MAX);
  assert.deepEqual([texts(one.pictures), one.isList, one.options], [['a'], false, { minScore: 0.4 }]);
  const instances = [
    { b64: b64('a') },
    { image: b64('b') },
    { image: { b64: b64('c') } },
    `data:image/jpeg;base64,${b64('d')}`,
    { b64: `${b64('eeee').slice(0, 4)}\n${b64('eeee').slice(4)}` },
  ];
  const many = readPictureJson(JSON.stringify({ instances }), MAX);
  assert.deepEqual([texts(many.pictures), many.isList], [['a', 'b', 'c', 'd', 'eeee'], true]);
});

const BAD_JSON: [title: string, body: string, code: string][] = [
  ['no JSON', '{', 'bad_request'],
  ['a list', '[]', 'bad_request'],
  ['no picture', '{}', 'bad_request'],
  ['no instances', '{"instances": []}', 'bad_request'],
  ['instances that are no list', '{"instances": {}}', 'bad_request'],
  ['an instance without a picture', '{"instances": [{"text": "cat"}]}', 'bad_request'],
  ['no base64', '{"b64": "***"}', 'bad_request'],
  ['an empty picture', '{"b64": ""}', 'bad_request'],
  ['too many instances', JSON.stringify({ instances: Array(33).fill({ b64: 'AAAA' }) }), 'bad_request'],
  ['a score above 1', '{"b64": "AAAA", "parameters": {"minScore": 2}}', 'bad_request'],
  ['parameters that are no object', '{"b64": "AAAA", "parameters": 3}', 'bad_request'],
  ['a large picture', JSON.stringify({ b64: b64('x'.repeat(MAX + 1)) }), 'frame_too_large'],
];
for (const [title, body, code] of BAD_JSON) {
  test(`JSON with ${title} is refused`, () =>
    assert.equal(
      codeOf(() => readPictureJson(body, MAX)),
      code,
    ));
}

test('base64 that breaks off after many good characters is refused as quickly as any', () => {
  const body = JSON.stringify({ b64: `${'\n'.repeat(200_000)}${'A'.repeat(400_000)}*` });
  const before = process.cpuUsage();
  assert.equal(
    codeOf(() => readPictureJson(body, MAX)),
    'bad_request',
  );
  // Where each character were tried anew it would be minutes.
  const { user } = process.cpuUsage(before);
  assert.ok(user < 10e6, `${user} µs of processor`);
});

test('custom attributes carry options among what is of the caller', () => {
  assert.deepEqual(
    readCustomAttributes('trace=7, livelens-min-score=0.25; livelens-max-labels=3,livelens-thorough=1'),
    {
      minScore: 0.25,
      maxLabels: 3,
      thorough: true,
    },
  );
  assert.deepEqual(readCustomAttributes('livelens-model=coco-ssd'), { model: 'coco-ssd' });
  assert.deepEqual(readCustomAttributes('c000b4f9-df62-4c85-a0bf-7c525f9104a4'), {});
  assert.deepEqual(readCustomAttributes('x'.repeat(1_024)), {});
  for (const bad of [
    'x'.repeat(1_025),
    'Straße',
    'livelens-min-score=low',
    'livelens-max-labels=',
    'livelens-thorough=2',
  ]) {
    assert.equal(
      codeOf(() => readCustomAttributes(bad)),
      'bad_request',
      bad,
    );
  }
});

test('an answer has the type that the client wants most', () => {
  assert.equal(answerTypeOf(undefined), 'application/json');
  assert.equal(answerTypeOf('*/*'), 'application/json');
  assert.equal(answerTypeOf('text/csv'), 'text/csv');
  assert.equal(answerTypeOf('text/*, application/json;q=0.5'), 'text/csv');
  assert.equal(answerTypeOf('application/jsonlines, application/json;q=0.9'), 'application/jsonlines');
  assert.equal(answerTypeOf('application/json;q=0, */*;q=0.1'), 'application/jsonlines');
  assert.equal(
    codeOf(() => answerTypeOf('image/png')),
    'not_acceptable',
  );
});

const timing = { queueMs: 0, decodeMs: 0, inferMs: 0, serverMs: 0 };
const cat = {
  id: 1,
  label: 'cat, "big"',
  score: 0.5,
  box: [0, 0.25, 0.5, 1] as [number, number, number, number],
};

test('CSV quotes what it must, and gives no formula to a spreadsheet', () => {
  const formula = { id: 2, label: '=1+1', score: 0.25 };
  const body = answerBody([{ model: 'm@1', labels: [cat, formula], timing }], false, 'text/csv');
  assert.equal(body, '0,"cat, ""big""",0.5,0,0.25,0.5,1\r\n0, =1+1,0.25\r\n');
});

test('pixels as a PNG are those pixels', async () => {
  const pixels = Uint8Array.from({ length: 5 * 3 * 3 }, (_, at) => (at * 37) % 256);
  const { data, info } = await sharp(pngOf(pixels, 5, 3))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.channels], [5, 3, 3]);
  assert.deepEqual(new Uint8Array(data), pixels);
});

/** A request with bytes behind its JSON. */
function binaryRequest(input: object, bytes: Uint8Array, more: object = {}) {
  const json = Buffer.from(JSON.stringify({ inputs: [input], ...more }));
  return [Buffer.concat([json, bytes]), String(json.byteLength)] as const;
}
const element = (text: string) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
};
const input = (size: number, shape = [1]) => ({
  name: 'image',
  datatype: 'BYTES',
  shape,
  parameters: { binary_data_size: size },
});

test('the binary extension is read: elements with their lengths, and which outputs are to be bytes', () => {
  const bytes = Buffer.concat([element('first'), element('second')]);
  const [body, length] = binaryRequest(input(bytes.byteLength, [2]), bytes, {
    id: '7',
    parameters: { binary_data_output: true, minScore: 0.1 },
    outputs: [{ name: 'labels' }, { name: 'scores', parameters: { binary_data: false } }],
  });
  const request = readInferRequest(body, length, MAX);
  assert.deepEqual(texts(request.pictures), ['first', 'second']);
  assert.deepEqual([request.id, request.options], ['7', { minScore: 0.1 }]);
  assert.deepEqual(request.outputs, [
    { name: 'labels', isBinary: true },
    { name: 'scores', isBinary: false },
  ]);
});

test('a header length of 0 says that the body is the picture', () => {
  assert.deepEqual(texts(readInferRequest(Buffer.from('picture'), '0', MAX).pictures), ['picture']);
});

test('pixels come in nested lists or flat, as JSON or as bytes', async () => {
  const pixels = [[[[1, 2, 3]], [[4, 5, 6]]]];
  const asJson = (data: unknown, shape: number[]) =>
    Buffer.from(JSON.stringify({ inputs: [{ name: 'image', datatype: 'UINT8', shape, data }] }));
  const ofBytes = binaryRequest(
    { name: 'image', datatype: 'UINT8', shape: [1, 2, 1, 3], parameters: { binary_data_size: 6 } },
    Uint8Array.of(1, 2, 3, 4, 5, 6),
  );
  for (const [body, length] of [
    [asJson(pixels, [1, 2, 1, 3]), undefined],
    [asJson(pixels.flat(3), [2, 1, 3]), undefined],
    ofBytes,
  ] as const) {
    const [picture] = readInferRequest(body, length, MAX).pictures;
    const { data } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([...data], [1, 2, 3, 4, 5, 6]);
  }
});

const bytesOfOne = element('x');
const BAD_INFER: [title: string, body: Buffer, length: string | undefined][] = [
  ['no JSON', Buffer.from('\xff\xd8'), undefined],
  ['no inputs', Buffer.from('{"inputs": []}'), undefined],
  ['two inputs', Buffer.from(JSON.stringify({ inputs: [input(0), input(0)] })), undefined],
  ['a length beyond the body', Buffer.from('{}'), '3'],
  ['a length that is no number', Buffer.from('{}'), '0x2'],
  ['a negative length', Buffer.from('{}'), '-1'],
  [
    'bytes that nothing announces',
    ...binaryRequest({ ...input(0), parameters: {}, data: ['AAAA'] }, bytesOfOne),
  ],
  ['fewer bytes than announced', ...binaryRequest(input(9), bytesOfOne)],
  ['an element that is cut off', ...binaryRequest(input(4), bytesOfOne.subarray(0, 4))],
  ['a length of an element that is cut off', ...binaryRequest(input(3), bytesOfOne.subarray(0, 3))],
  ['fewer elements than its shape', ...binaryRequest(input(5, [2]), bytesOfOne)],
  ['more elements than its shape', ...binaryRequest(input(10), Buffer.concat([bytesOfOne, bytesOfOne]))],
  ['both data and bytes', ...binaryRequest({ ...input(5), data: ['AAAA'] }, bytesOfOne)],
  ['neither', Buffer.from(JSON.stringify({ inputs: [{ ...input(5), parameters: {} }] })), undefined],
  ['another datatype', ...binaryRequest({ ...input(5), datatype: 'FP32' }, bytesOfOne)],
  ['no pictures', ...binaryRequest(input(0, [0]), Buffer.alloc(0))],
  ['a negative side', ...binaryRequest(input(5, [-1]), bytesOfOne)],
  [
    'text that is no base64',
    Buffer.from(JSON.stringify({ inputs: [{ ...input(5), parameters: {}, data: ['*'] }] })),
    undefined,
  ],
  [
    'values above 255',
    Buffer.from(
      JSON.stringify({ inputs: [{ name: 'i', datatype: 'UINT8', shape: [1, 1, 3], data: [1, 2, 256] }] }),
    ),
    undefined,
  ],
  [
    'four channels',
    Buffer.from(
      JSON.stringify({ inputs: [{ name: 'i', datatype: 'UINT8', shape: [1, 1, 4], data: [1, 2, 3, 4] }] }),
    ),
    undefined,
  ],
  [
    'pixels without a height',
    Buffer.from(JSON.stringify({ inputs: [{ name: 'i', datatype: 'UINT8', shape: [0, 1, 3], data: [] }] })),
    undefined,
  ],
  [
    'lists in lists without an end',
    Buffer.from(
      `{"inputs":[{"name":"i","datatype":"UINT8","shape":[1,1,3],"data":${'['.repeat(5_000)}${']'.repeat(5_000)}}]}`,
    ),
    undefined,
  ],
];
for (const [title, body, length] of BAD_INFER) {
  test(`an inference request with ${title} is refused`, () =>
    assert.equal(
      codeOf(() => readInferRequest(body, length, MAX)),
      'bad_request',
    ));
}

test('a picture above the limit is refused as such, however it comes', () => {
  const large = 'x'.repeat(MAX + 1);
  const bytes = element(large);
  for (const [body, length] of [
    binaryRequest(input(bytes.byteLength), bytes),
    [Buffer.from(large), '0'],
    [
      Buffer.from(JSON.stringify({ inputs: [{ ...input(0), parameters: {}, data: [b64(large)] }] })),
      undefined,
    ],
    [
      Buffer.from(
        JSON.stringify({ inputs: [{ name: 'i', datatype: 'UINT8', shape: [100, 100, 3], data: [] }] }),
      ),
      undefined,
    ],
  ] as const) {
    assert.equal(
      codeOf(() => readInferRequest(body, length, MAX)),
      'frame_too_large',
    );
  }
});

test('an answer has a row for each picture, filled up where others have more labels', () => {
  const outputs = ['labels', 'scores', 'counts', 'boxes'].map((name) => ({
    name,
    isBinary: name === 'labels',
  }));
  const predictions = [
    { model: 'm@1', labels: [cat], timing },
    { model: 'm@1', labels: [], timing },
  ];
  const { body, headerLength } = inferAnswer({ name: 'm', version: '1' }, { id: 'x' }, outputs, predictions);
  assert.deepEqual(JSON.parse(Buffer.from(body.subarray(0, headerLength)).toString()), {
    model_name: 'm',
    model_version: '1',
    id: 'x',
    outputs: [
      { name: 'labels', datatype: 'BYTES', shape: [2, 1], parameters: { binary_data_size: 18 } },
      { name: 'scores', datatype: 'FP32', shape: [2, 1], data: [0.5, 0] },
      { name: 'counts', datatype: 'INT32', shape: [2], data: [1, 0] },
      { name: 'boxes', datatype: 'FP32', shape: [2, 1, 4], data: [0, 0.25, 0.5, 1, 0, 0, 0, 0] },
    ],
  });
  const bytes = Buffer.from(body.subarray(headerLength));
  assert.deepEqual([...bytes], [...element('cat, "big"'), ...element('')]);
});

test('a list of models comes in pages, each model once, even where one goes in between', () => {
  const all = Array.from({ length: 250 }, (_, at) => `model ${String(at).padStart(3, '0')}`);
  const first = pageOf([...all].reverse(), undefined);
  const second = pageOf(
    all.filter((name) => name !== 'model 099'),
    first.next,
  );
  const third = pageOf(all, second.next);
  assert.deepEqual([...first.names, ...second.names, ...third.names], all);
  assert.equal(third.next, undefined);
  assert.deepEqual(pageOf(all.slice(0, 100), undefined).next, undefined);
  assert.equal(
    codeOf(() => pageOf(all, '***')),
    'bad_request',
  );
});

test('JSON of very many values is refused before it is parsed, a long picture is not', () => {
  const values = (count: number) =>
    Buffer.from(
      `{"inputs":[{"name":"i","datatype":"UINT8","shape":[1,1,3],"data":[${'1,'.repeat(count)}1]}]}`,
    );
  assert.equal(
    codeOf(() => readInferRequest(values(200_001), undefined, MAX)),
    'frame_too_large',
  );
  assert.equal(
    codeOf(() => readInferRequest(values(100), undefined, MAX)),
    'bad_request',
  );
  const picture = JSON.stringify({ b64: 'A'.repeat(1 << 20) });
  assert.equal(
    codeOf(() => assertFewValues(Buffer.from(picture), 10_000)),
    'none',
  );
  assert.equal(
    codeOf(() => assertFewValues(Buffer.from('{},'.repeat(10_000)), 10_000)),
    'frame_too_large',
  );
});

test('the paths of contracts are ours where those are on', () => {
  const vertex = { healthPath: '/health', predictPath: '/v1/endpoints/1:predict' };
  const all = { sagemaker: {}, vertex, azureml: true, oip: true } as const;
  for (const path of [
    '/ping',
    '/invocations',
    '/models/a/invoke',
    '/score',
    '/v2',
    '/v2/models',
    '/health',
    '/v1/endpoints/1:predict',
  ]) {
    assert.equal(isContractPath(path, all), true, path);
    assert.equal(isContractPath(path, {}), false, path);
  }
  for (const path of ['/', '/modelsx', '/v2x', '/screen'])
    assert.equal(isContractPath(path, all), false, path);
});
