import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CollectionDetails, SampleAdded } from '../../protocol/things.ts';
import { httpServer } from '../../server/testing/httpServer.ts';
import { thingsOnServer } from './collectionOnServer.ts';

const SIGNAL = new AbortController().signal;

const MUGS: CollectionDetails = {
  id: 'mugs-2',
  visibility: 'everyone',
  things: [{ id: 'a', name: 'Mug', isNothing: false, samples: [{ id: 'b', takenAtMs: 1 }] }],
  mayChange: true,
  canUndo: false,
};

const ADDED: SampleAdded = { thing: { id: 'a', name: 'Mug' }, sample: 'b', samples: 1, variety: 0 };

/** A server that answers as the routes of things do, to who has its token. */
async function setUp(t: TestContext) {
  const asked: string[] = [];
  const { url } = await httpServer(t, (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? ''}`.trim());
    request.resume();
    if (request.headers.authorization !== 'Bearer secret') response.writeHead(401).end('{}');
    else if (request.url?.includes('samples?')) response.writeHead(201).end(JSON.stringify(ADDED));
    else if (request.method === 'POST') response.writeHead(201).end(JSON.stringify(MUGS));
    else if (request.url?.includes('broken')) {
      response.writeHead(200, { 'Content-Length': '10' });
      response.write('half', () => response.destroy());
    } else {
      response
        .writeHead(200, { 'Content-Disposition': 'attachment; filename="mugs-onnx.zip"' })
        .end(request.url?.includes('export') ? 'zip' : 'jpeg');
    }
  });
  const abort = new AbortController();
  return { things: thingsOnServer({ url, token: 'secret', signal: abort.signal }), asked, abort, url };
}

test('an exported collection is imported under the name that it is given, and its answer is a collection', async (t) => {
  const { things, asked } = await setUp(t);
  const file = new Blob(['zip'], { type: 'application/zip' });
  assert.deepEqual(await things.imported(file, { name: 'mugs-2' }, SIGNAL), MUGS);
  await things.imported(file, { name: 'mugs', visibility: 'link' }, SIGNAL);
  assert.deepEqual(asked, [
    'POST /v1/things/import?name=mugs-2 application/zip',
    'POST /v1/things/import?name=mugs&visibility=link application/zip',
  ]);
});

test('a sample is of a name or of none of the things, and has its box', async (t) => {
  const { things, asked } = await setUp(t);
  const mugs = things.collection('mugs');
  const sample = {
    picture: new Blob(['jpeg'], { type: 'image/jpeg' }),
    box: [0.1, 0.2, 0.3, 0.4] as const,
  };
  assert.deepEqual(await mugs.addSample(sample, { name: 'Blue mug', isNothing: false }), ADDED);
  assert.deepEqual(await mugs.addSample(sample, { name: '', isNothing: true }), ADDED);
  await mugs.addSample(sample, { name: 'Mug', isNothing: false }, 'Cup');
  assert.deepEqual(asked, [
    'POST /v1/things/mugs/samples?name=Blue+mug&box=0.1%2C0.2%2C0.3%2C0.4 image/jpeg',
    'POST /v1/things/mugs/samples?name=&nothing=1&box=0.1%2C0.2%2C0.3%2C0.4 image/jpeg',
    'POST /v1/things/mugs/samples?name=Mug&box=0.1%2C0.2%2C0.3%2C0.4&wrong=Cup image/jpeg',
  ]);
});

test('a file has the name that the server gives it; one that breaks off is none', async (t) => {
  const { things, asked, abort, url } = await setUp(t);
  const progress: number[] = [];
  const file = await things.exported('mugs', 'onnx', (bytes) => progress.push(bytes), SIGNAL);
  assert.equal(progress.at(-1), 3);
  assert.deepEqual([file.name, await file.text()], ['mugs-onnx.zip', 'zip']);
  assert.equal(await (await things.collection('mugs').picture('b')).text(), 'jpeg');
  assert.deepEqual(asked, ['GET /v1/things/mugs/export?as=onnx', 'GET /v1/things/mugs/samples/b']);
  await assert.rejects(things.exported('broken', 'collection', () => {}, SIGNAL));
  await assert.rejects(
    thingsOnServer({ url }).exported('mugs', 'onnx', () => {}, SIGNAL),
    { status: 401 },
  );
  abort.abort(new Error('the page is closed'));
  await assert.rejects(
    things.exported('mugs', 'onnx', () => {}, SIGNAL),
    { message: 'the page is closed' },
  );
});
