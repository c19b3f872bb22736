import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CameraCapabilities, CameraControls } from './cameraControls.ts';
import { type CameraChange, CameraSetter, type CameraTrack } from './cameraSetter.ts';

const PHONE: CameraCapabilities = {
  torch: true,
  zoom: { min: 1, max: 8, step: 0.1 },
  focusMode: ['single-shot', 'continuous'],
  width: { min: 1, max: 1920 },
  height: { min: 1, max: 1080 },
};

/** A track that keeps what is applied to it, and settles when it is let. */
class RecordedTrack implements CameraTrack {
  readyState: MediaStreamTrackState = 'live';
  readonly applied: MediaTrackConstraints[] = [];
  settings: { torch?: boolean; zoom?: number; width?: number; height?: number } = { torch: false, zoom: 1 };
  refuse: ((constraints: MediaTrackConstraints) => Error | undefined) | undefined;
  #release: (() => void)[] = [];

  getCapabilities = () => PHONE;
  getSettings = () => this.settings;

  async applyConstraints(constraints: MediaTrackConstraints): Promise<void> {
    this.applied.push(constraints);
    await new Promise<void>((resolve) => this.#release.push(resolve));
    const error = this.refuse?.(constraints);
    if (error) throw error;
    Object.assign(this.settings, constraints.advanced?.[0]);
  }

  /** Lets the constraints that are pending take effect, and what follows from them happen. */
  async release(): Promise<void> {
    this.#release.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function setUp() {
  const track = new RecordedTrack();
  const reported: CameraControls[] = [];
  const refused: { change: CameraChange; error: unknown }[] = [];
  const setter = new CameraSetter({
    track,
    supported: { pointsOfInterest: true },
    onControls: (controls) => reported.push(controls),
    onRefused: (change, error) => refused.push({ change, error }),
  });
  return { track, reported, refused, setter };
}

test('changes are applied one after the other, and what was set before stays set', async () => {
  const { track, reported, setter } = setUp();
  setter.change({ kind: 'torch', isOn: true });
  setter.change({ kind: 'zoom', zoom: 2 });
  assert.deepEqual(track.applied, [{ advanced: [{ torch: true }] }]);
  await track.release();
  assert.deepEqual(track.applied.at(-1), { advanced: [{ torch: true, zoom: 2 }] });
  await track.release();
  assert.equal(track.applied.length, 2);
  assert.equal(reported.at(-1)?.torch, true);
  assert.equal(reported.at(-1)?.zoom?.value, 2);
});

test('of a slider that moves on only the newest value waits', async () => {
  const { track, setter } = setUp();
  for (const zoom of [1.1, 1.2, 1.3, 1.4]) setter.change({ kind: 'zoom', zoom });
  await track.release();
  await track.release();
  assert.deepEqual(track.applied, [{ advanced: [{ zoom: 1.1 }] }, { advanced: [{ zoom: 1.4 }] }]);
});

test('a size goes alone: Chromium refuses it together with the lens', async () => {
  const { track, setter } = setUp();
  setter.change({ kind: 'torch', isOn: true });
  setter.change({ kind: 'resolution', resolution: 1080 });
  await track.release();
  assert.deepEqual(track.applied.at(-1), {
    width: { ideal: 1920 },
    height: { ideal: 1080 },
    frameRate: { ideal: 30 },
  });
});

test('a tap sets the point, and has the camera focus there', async () => {
  const { track, setter } = setUp();
  setter.change({ kind: 'point', point: { x: 0.25, y: 0.5 } });
  assert.deepEqual(track.applied, [
    { advanced: [{ pointsOfInterest: [{ x: 0.25, y: 0.5 }], focusMode: 'single-shot' }] },
  ]);
  await track.release();
});

test('a change that the camera refuses is reported, is not sent again with the next, and the next is made', async () => {
  const { track, reported, refused, setter } = setUp();
  track.refuse = ({ advanced }) =>
    advanced?.[0] && 'zoom' in advanced[0] ? new Error('OverconstrainedError') : undefined;
  setter.change({ kind: 'zoom', zoom: 9 });
  setter.change({ kind: 'torch', isOn: true });
  await track.release();
  assert.deepEqual(
    refused.map(({ change }) => change),
    [{ kind: 'zoom', zoom: 9 }],
  );
  assert.equal(reported.at(-1)?.zoom?.value, 1);
  await track.release();
  assert.deepEqual(track.applied.at(-1), { advanced: [{ torch: true }] });
  assert.equal(reported.at(-1)?.torch, true);
});

test('a light that stays on though the browser says that it is done is reported', async () => {
  const { track, refused, setter } = setUp();
  track.settings = { torch: true };
  track.getSettings = () => ({ torch: true });
  setter.change({ kind: 'torch', isOn: false });
  await track.release();
  assert.match(String(refused[0]?.error), /stayed on/);
});

test('a track that ends takes what waits along, without a word', async () => {
  const { track, refused, setter } = setUp();
  track.refuse = () => new Error('ended');
  setter.change({ kind: 'torch', isOn: true });
  setter.change({ kind: 'zoom', zoom: 2 });
  track.readyState = 'ended';
  await track.release();
  assert.equal(track.applied.length, 1);
  assert.deepEqual(refused, []);
  assert.equal(setter.controls.torch, undefined);
});
