import assert from 'node:assert/strict';
import test from 'node:test';
import { type AccessGrant, ADMIN_KEY_HEADER } from '../../protocol/access.ts';
import type { ImportState, ModelList } from '../../protocol/models.ts';
import { tinyClassifier } from '../import/testing/modelsForTests.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { PROXIES, startProxy, whyNoProxy } from '../testing/proxies.ts';
import { settledImport } from '../testing/settledImport.ts';
import { ADMIN_TOKEN, AS_ADMIN, ONE_WORKER, testServer } from '../testing/testServer.ts';

/** All that changes models, and reading of imports. */
const CHANGES = [
  ['POST', '/imports?name=tiny.onnx'],
  ['POST', '/imports'],
  ['GET', '/imports/none'],
  ['POST', '/imports/none/options'],
  ['POST', '/imports/none/accept'],
  ['DELETE', '/imports/none'],
  ['POST', '/coco-ssd/verify'],
  ['POST', '/coco-ssd/rollback'],
  ['DELETE', '/coco-ssd'],
] as const;

/** What someone far away may say of where he is. */
const CLAIMS: Record<string, string>[] = [
  {},
  { 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1', Forwarded: 'for=127.0.0.1' },
  { Authorization: 'Bearer let me in' },
];

for (const name of PROXIES) {
  const skip = whyNoProxy(name) ?? false;
  test(`behind ${name}, a server on default settings is changed by who has proof and by no one else`, {
    skip,
  }, async (t) => {
    const server = await testServer(t, { modelsDir: await modelsDirectory(t), ...ONE_WORKER });
    const url = await startProxy(t, name, server.port);
    const call = async (method: string, where: string, headers: Record<string, string>, body?: BodyInit) => {
      const init = { method, headers, ...(body !== undefined && { body }) };
      const response = await fetch(`${url}/v1/models${where}`, init);
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    };
    const mayChange = async (headers: Record<string, string>) =>
      ((await call('GET', '', headers)).body as ModelList).mayChange;

    for (const headers of CLAIMS) {
      assert.equal(await mayChange(headers), false);
      for (const [method, where] of CHANGES) {
        const body = method === 'POST' && where.includes('imports') ? '{"source": "hf:a/b"}' : undefined;
        const { status, body: answer } = await call(method, where, headers, body);
        assert.equal(status, 403, `${method} ${where}`);
        assert.equal(answer.error.code, 'forbidden_admin');
      }
    }

    const code = new URLSearchParams(server.mintLink().fragment).get('admin');
    const granted = await fetch(`${url}/v1/access`, { method: 'POST', body: JSON.stringify({ code }) });
    assert.equal(granted.status, 200);
    const { key } = (await granted.json()) as AccessGrant;
    const cookie = granted.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const proof = { cookie, [ADMIN_KEY_HEADER]: key };
    assert.equal(await mayChange(proof), true);
    const settled = ({ id }: ImportState) =>
      settledImport(async () => (await call('GET', `/imports/${id}`, proof)).body);
    const file = new Uint8Array(tinyClassifier({ classes: 3 }));
    const sent = await call('POST', '/imports?name=tiny.onnx', proof, file);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    assert.equal((await settled(sent.body)).phase, 'asking');
    const live = await settled((await call('POST', `/imports/${sent.body.id}/accept`, proof)).body);
    assert.equal(live.phase, 'live', JSON.stringify(live));
    assert.equal((await call('DELETE', '/tiny', proof)).status, 204);
  });

  test(`behind ${name}, ADMIN_TOKEN is proof`, { skip }, async (t) => {
    const server = await testServer(t, {
      modelsDir: await modelsDirectory(t),
      adminToken: ADMIN_TOKEN,
      ...ONE_WORKER,
    });
    const url = await startProxy(t, name, server.port);
    const removal = (headers: Record<string, string>) =>
      fetch(`${url}/v1/models/imports/none`, { method: 'DELETE', headers });
    assert.equal((await removal({})).status, 403);
    assert.equal((await removal(AS_ADMIN)).status, 404);
  });
}
