import assert from 'node:assert/strict';
import test from 'node:test';
import { createHeartbeat } from './heartbeat.ts';

const HEARTBEAT_MS = 1_000;

test('H1: peers that came at once are pinged in portions, each once a heartbeat', () => {
  const heartbeat = createHeartbeat<number>(HEARTBEAT_MS);
  const pingedAtMs = Array.from({ length: 990 }, (): number[] => []);
  for (const peer of pingedAtMs.keys()) heartbeat.add(peer, 0);
  for (let nowMs = 0; nowMs <= 5 * HEARTBEAT_MS; nowMs += heartbeat.tickMs) {
    const { ping, dead } = heartbeat.due(nowMs);
    assert.ok(ping.length <= 20, `${ping.length} at once`);
    assert.deepEqual(dead, []);
    for (const peer of ping) {
      pingedAtMs[peer]?.push(nowMs);
      heartbeat.answered(peer);
    }
  }
  for (const times of pingedAtMs) {
    const [first = Number.NaN, ...later] = times;
    assert.ok(first >= HEARTBEAT_MS && first < 2 * HEARTBEAT_MS, `first after ${first} ms`);
    let last = first;
    for (const time of later) {
      assert.equal(time - last, HEARTBEAT_MS);
      last = time;
    }
    assert.ok(later.length >= 3);
  }
});

test('H1: one that missed two pings is dead, one that answered is not, and one that left is not asked', () => {
  const heartbeat = createHeartbeat<string>(HEARTBEAT_MS);
  for (const peer of ['silent', 'well', 'gone']) heartbeat.add(peer, 0);
  heartbeat.delete('gone');
  const happened: string[] = [];
  for (let nowMs = 0; nowMs <= 4 * HEARTBEAT_MS; nowMs += heartbeat.tickMs) {
    const { ping, dead } = heartbeat.due(nowMs);
    for (const peer of ping) happened.push(`ping ${peer}`);
    for (const peer of dead) happened.push(`${peer} is dead`);
    heartbeat.answered('well');
  }
  const of = (name: string) => happened.filter((line) => line.includes(name));
  assert.deepEqual(of('silent'), ['ping silent', 'ping silent', 'silent is dead']);
  assert.ok(of('well').length >= 3);
  assert.deepEqual(of('well is dead'), []);
  assert.deepEqual(of('gone'), []);
});
