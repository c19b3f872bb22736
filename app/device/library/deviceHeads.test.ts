import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { httpServer } from '../../../server/testing/httpServer.ts';
import { thingCalled } from '../../../vision/testing/thingCalled.ts';
import { learnHead, namedBy } from '../../../vision/things/head.ts';
import { encodeHead } from '../../../vision/things/headBytes.ts';
import { createDeviceHeads, type DeviceHeads } from './deviceHeads.ts';

const headOf = (...names: string[]) => learnHead(names.map(thingCalled));
function namesIn(heads: DeviceHeads, collection = 'shelf'): string[] | undefined {
  const head = heads.headOf(collection);
  return head && namedBy(head).map(({ name }) => name);
}
const changeOf = (heads: DeviceHeads) =>
  new Promise<string>((resolve) => {
    const dispose = heads.onChange((collection) => {
      dispose();
      resolve(collection);
    });
  });

/** A server that gives what is taught to who has its token. */
async function setUp(t: TestContext) {
  const state = { head: headOf('mug'), tag: '"1"', isThere: true, asked: [] as string[], nowMs: 0 };
  const { url, server } = await httpServer(t, (request, response) => {
    state.asked.push(request.url ?? '');
    if (request.headers.authorization !== 'Bearer secret') response.writeHead(401).end('{}');
    else if (!state.isThere) response.writeHead(404).end('{}');
    else response.writeHead(200, { ETag: state.tag }).end(encodeHead(state.head));
  });
  const heads = createDeviceHeads({ server: url, token: () => 'secret', nowMs: () => state.nowMs });
  return { state, server, heads };
}

test('what is taught is there when it was loaded, and stays the same object while it is the same', async (t) => {
  const { state, heads } = await setUp(t);
  assert.equal(heads.headOf('shelf'), undefined);
  await heads.load('shelf');
  assert.deepEqual(namesIn(heads), ['mug']);
  assert.deepEqual(state.asked, ['/v1/things/shelf/head'], 'asked once');
  const head = heads.headOf('shelf');
  state.nowMs = 1_999;
  heads.headOf('shelf');
  assert.equal(state.asked.length, 1);
  await heads.changed('shelf');
  assert.equal(heads.headOf('shelf'), head, 'asked again, and nothing new');
  assert.equal(state.asked.length, 2);
  state.tag = '"2"';
  state.head = headOf('mug', 'pen');
  // Another person taught it.
  const changed = changeOf(heads);
  state.nowMs += 2_000;
  assert.deepEqual(namesIn(heads), ['mug']);
  assert.equal(await changed, 'shelf');
  assert.deepEqual(namesIn(heads), ['mug', 'pen']);
  assert.equal(state.asked.length, 3);
});

test('a server that is away takes nothing back, and a collection that was removed is not known any more', async (t) => {
  const { state, heads, server } = await setUp(t);
  t.mock.method(console, 'warn', () => {});
  await heads.load('shelf');
  state.isThere = false;
  await heads.changed('shelf');
  assert.equal(namesIn(heads), undefined);
  state.isThere = true;
  await heads.load('shelf');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await heads.changed('shelf');
  assert.deepEqual(namesIn(heads), ['mug']);
  await heads.load('another');
  assert.equal(namesIn(heads, 'another'), undefined);
  assert.deepEqual(namesIn(heads), ['mug']);
});

test('a collection of this browser alone is never asked for', async (t) => {
  const { state, heads } = await setUp(t);
  await heads.load('@mine');
  assert.equal(heads.headOf('@mine'), undefined);
  await heads.changed('@mine', headOf('cup'));
  assert.deepEqual(namesIn(heads, '@mine'), ['cup']);
  assert.deepEqual(state.asked, []);
});
