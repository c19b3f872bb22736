import assert from 'node:assert/strict';
import test from 'node:test';
import { createHeartbeat } from './heartbeat.ts';

const HEARTBEAT_MS = 1_000;

test('H1: peers that came at once are pinged in portions, each once a heartbeat', () => {
  const heartbeat = createHeartbeat<number>(HEARTBEAT_MS);
  const pingedAtMs = Array.from({ length: 990 }, (): number[] => []);
  for (const peer of pingedAtMs.keys()) heartbeat.add(peer, 0);
  for (let nowMs = 0; nowMs <= 5.5 * HEARTBEAT_MS; nowMs += heartbeat.tickMs) {
    const { ping, dead } = heartbeat.due(nowMs);
    assert.ok(ping.length <= 8, `${ping.length} at once`);
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
      assert.ok(Math.abs(time - last - HEARTBEAT_MS) < 1.5 * heartbeat.tickMs, `${time - last} ms`);
      last = time;
    }
    assert.ok(later.length >= 3);
  }
});

test('H1: ticks that come late are made up for, and not all at once after a stall', () => {
  const heartbeat = createHeartbeat<number>(HEARTBEAT_MS);
  const pings: number[] = Array.from({ length: 5_000 }, () => 0);
  for (const peer of pings.keys()) heartbeat.add(peer, 0);
  let largest = 0;
  // A fifth late each time, and once by half a heartbeat.
  for (let nowMs = 0; nowMs <= 5 * HEARTBEAT_MS; nowMs += heartbeat.tickMs * 1.2) {
    if (nowMs > 2_000 && nowMs < 2_002) nowMs += HEARTBEAT_MS / 2;
    const { ping } = heartbeat.due(nowMs);
    largest = Math.max(largest, ping.length);
    for (const peer of ping) {
      pings[peer] = (pings[peer] ?? 0) + 1;
      heartbeat.answered(peer);
    }
  }
  assert.ok(largest <= 16, `${largest} at once`);
  assert.ok(Math.min(...pings) >= 3, `${Math.min(...pings)} pings`);
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
