import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Models } from './models.ts';

test('a dropped file that cannot be read is reported, and not as an unhandled rejection', async (t) => {
  Object.assign(globalThis, { location: { href: 'http://127.0.0.1/' } });
  t.after(() => Reflect.deleteProperty(globalThis, 'location'));
  const models = new Models({ token: () => undefined, onLive() {}, onNotice() {} });
  t.after(() => models.close());
  const entry = {
    fullPath: '/birds.onnx',
    isFile: true,
    file: (_: unknown, reject: (error: Error) => void) => reject(new DOMException('moved', 'NotFoundError')),
  };
  const items = [{ webkitGetAsEntry: () => entry }];
  await models.addDropped({ files: [], items } as unknown as DataTransfer);
  const { adding } = models.store.getState();
  assert.deepEqual(adding, { kind: 'unsent', name: '', problem: { code: 'failed', text: 'moved' } });
});
