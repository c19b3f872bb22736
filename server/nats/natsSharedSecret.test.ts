import assert from 'node:assert/strict';
import test from 'node:test';
import { startNats, whyNoNats } from '../testing/natsServer.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { connectNats } from './link.ts';
import { sharedSecret } from './natsSharedSecret.ts';

const skip = whyNoNats() ?? false;

test('gateways that ask for a secret at the same time get the same one, and those of another fleet another', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  const join = async (name: string) => {
    const link = await connectNats({ urls: [nats.url], name, clientName: 'test' }, SILENT_LOG);
    t.after(() => link.close());
    return sharedSecret(link, 'resume');
  };
  const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => join('fleet')));
  assert.match(first ?? '', /^[0-9a-f]{64}$/);
  for (const other of others) assert.equal(other, first);
  assert.equal(await join('fleet'), first);
  assert.notEqual(await join('other'), first);
});
