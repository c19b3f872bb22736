import assert from 'node:assert/strict';
import test from 'node:test';
import { DeviceError } from './deviceSession.ts';
import { Loss } from './loss.ts';

test('a loss is reported once, to listeners from before and, soon, to those from after', async () => {
  const loss = new Loss();
  const heard: string[] = [];
  const listen = (who: string) => loss.listen((why) => heard.push(`${who}: ${why.message}`));
  listen('before');
  listen('left before')();
  loss.report(new DeviceError('failed', 'first'));
  loss.report(new DeviceError('failed', 'second'));
  assert.deepEqual(heard, ['before: first']);

  listen('after');
  listen('left after')();
  assert.deepEqual(heard, ['before: first'], 'not before `listen` has returned');
  await Promise.resolve();
  assert.deepEqual(heard, ['before: first', 'after: first']);
});
