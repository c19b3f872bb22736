import assert from 'node:assert/strict';
import test from 'node:test';
import type { RelayServerMessage } from '../../protocol/relay.ts';
import { RelayHub, type RelayHubOptions } from './relayHub.ts';

const PICTURE = new Uint8Array([1, 2, 3]);

function hubOf(t: { after(close: () => void): void }, options: Partial<RelayHubOptions> = {}) {
  const hub = new RelayHub({
    maxCameras: 4,
    maxCamerasPerAddress: 4,
    maxScreens: 4,
    maxScreensPerAddress: 4,
    keepLostMs: 60_000,
    ...options,
  });
  t.after(() => hub.close());
  return hub;
}

function camera(hub: RelayHub, key?: string, address = '192.0.2.1') {
  const messages: RelayServerMessage[] = [];
  let replaced = 0;
  const peer = {
    send: (message: RelayServerMessage) => void messages.push(message),
    replaced: () => {
      replaced += 1;
    },
  };
  const entry = hub.share(peer, { key }, address);
  hub.shared(entry);
  return {
    peer,
    entry,
    messages,
    takes: () => messages.filter(({ type }) => type === 'take').length,
    replaced: () => replaced,
  };
}

function screen(hub: RelayHub, address = '192.0.2.1') {
  const messages: RelayServerMessage[] = [];
  const pictures: Uint8Array[] = [];
  const unsent: (() => void)[] = [];
  const peer = {
    isFree: true,
    send: (message: RelayServerMessage) => void messages.push(message),
    sendPicture(message: Uint8Array, onSent: () => void) {
      pictures.push(message);
      unsent.push(onSent);
    },
  };
  hub.watch(peer, address);
  const want = (number: number, maxSidePx = 640) =>
    hub.want(peer, { pictures: [{ camera: number, maxSidePx }] });
  return { peer, messages, pictures, unsent, want };
}

test('W3: a camera is asked only for what a screen waits for, two pictures at most', (t) => {
  const hub = hubOf(t);
  const one = camera(hub);
  const wall = screen(hub);
  assert.equal(one.takes(), 0);
  for (let i = 0; i < 5; i++) wall.want(one.entry.camera);
  assert.equal(one.takes(), 2);
  assert.equal(hub.picture(one.entry, PICTURE), true);
  assert.equal(hub.picture(one.entry, PICTURE), true);
  assert.equal(hub.picture(one.entry, PICTURE), false, 'no one asked for a third');
  assert.equal(wall.pictures.length, 2);
  assert.equal(one.takes(), 2);
});

test('W4: screens share the bytes of a picture', (t) => {
  const hub = hubOf(t);
  const one = camera(hub);
  const walls = [screen(hub), screen(hub)];
  for (const { want } of walls) want(one.entry.camera);
  assert.equal(one.takes(), 1, 'one picture serves both');
  hub.picture(one.entry, PICTURE);
  for (const { pictures } of walls) assert.equal(pictures[0], PICTURE);
});

test('W8: while a screen is not free, it gets nothing and asks nothing of a camera; then the next picture', (t) => {
  const hub = hubOf(t);
  const one = camera(hub);
  const [slow, quick] = [screen(hub), screen(hub)];
  slow.want(one.entry.camera);
  slow.want(one.entry.camera);
  hub.picture(one.entry, PICTURE);
  slow.peer.isFree = false;
  // Asked for before, and too late for it: it keeps its place.
  hub.picture(one.entry, PICTURE);
  assert.equal(slow.pictures.length, 1);
  const before = one.takes();
  for (let i = 0; i < 10; i++) {
    quick.want(one.entry.camera);
    hub.picture(one.entry, PICTURE);
  }
  assert.equal(quick.pictures.length, 10);
  assert.equal(slow.pictures.length, 1);
  assert.equal(one.takes(), before + 10);
  slow.peer.isFree = true;
  slow.unsent[0]?.();
  assert.equal(one.takes(), before + 11);
  hub.picture(one.entry, PICTURE);
  assert.equal(slow.pictures.length, 2);
});

test('W6: what screens wait for is asked of a camera that comes back', (t) => {
  const hub = hubOf(t);
  const one = camera(hub);
  const wall = screen(hub);
  wall.want(one.entry.camera);
  hub.lost(one.entry, one.peer);
  assert.equal(hub.picture(one.entry, PICTURE), true, 'its last picture was on its way');
  wall.want(one.entry.camera);
  const again = camera(hub, one.entry.key);
  assert.equal(again.entry.camera, one.entry.camera);
  assert.equal(again.takes(), 1);
  // A socket that was thought dead says so late.
  hub.lost(one.entry, one.peer);
  hub.stop(one.entry, one.peer);
  assert.deepEqual(
    wall.messages.map((message) => ('state' in message ? message.state : message.type)),
    ['lost', 'shared'],
  );
});

test('there are as many cameras as fit; one that is lost makes room', (t) => {
  const hub = hubOf(t, { maxCameras: 2, maxScreens: 1 });
  const [first, second] = [camera(hub), camera(hub)];
  assert.throws(() => camera(hub), { code: 'server_busy' });
  hub.lost(first.entry, first.peer);
  assert.equal(camera(hub).entry.camera, first.entry.camera);
  screen(hub);
  assert.throws(() => screen(hub), { code: 'server_busy' });
  assert.equal(second.replaced(), 0);
});

test('one address gets its share of the cameras and screens, and leaves the rest to others', (t) => {
  const hub = hubOf(t, { maxCamerasPerAddress: 2, maxScreensPerAddress: 1 });
  const [first, second] = [camera(hub), camera(hub)];
  assert.throws(() => camera(hub), { code: 'server_busy', message: /2 cameras of your network address/ });
  const other = camera(hub, undefined, '192.0.2.2');
  hub.lost(other.entry, other.peer);
  assert.throws(() => camera(hub), { code: 'server_busy' }, 'a camera of another address makes no room');
  hub.lost(first.entry, first.peer);
  assert.equal(camera(hub).entry.camera, first.entry.camera);
  // One that comes back from another network counts there.
  camera(hub, second.entry.key, '192.0.2.3');
  camera(hub);
  const wall = screen(hub);
  assert.throws(() => screen(hub), { code: 'server_busy', message: /1 screens? of your network address/ });
  screen(hub, '192.0.2.2');
  hub.unwatch(wall.peer);
  screen(hub);
});
