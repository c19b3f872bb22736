import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CameraCapabilities,
  controlsOf,
  focusPointMode,
  type SupportedConstraints,
} from './cameraControls.ts';

const CHROMIUM: SupportedConstraints = { torch: true, zoom: true, pointsOfInterest: true };
const SAFARI: SupportedConstraints = { torch: true, zoom: true };

/** The back camera of an Android phone in Chrome, in the form of https://w3c.github.io/mediacapture-image/. */
const ANDROID = {
  aspectRatio: { max: 4032, min: 0.00033068783068783067 },
  colorTemperature: { max: 7000, min: 2850, step: 50 },
  exposureCompensation: { max: 2, min: -2, step: 0.1666666716337204 },
  exposureMode: ['continuous', 'manual'],
  facingMode: ['environment'],
  focusDistance: { max: 3.3333332538604736, min: 0, step: 0.01 },
  focusMode: ['manual', 'single-shot', 'continuous'],
  frameRate: { max: 60, min: 1 },
  height: { max: 3024, min: 1 },
  torch: true,
  width: { max: 4032, min: 1 },
  zoom: { max: 8, min: 1, step: 0.1 },
} satisfies CameraCapabilities & Record<string, unknown>;

/** The back camera of an iPhone: a zoom without a step, no focus by point, a focus distance without a maximum. */
const IPHONE = {
  facingMode: ['environment'],
  focusDistance: { min: 0.12 },
  frameRate: { max: 60, min: 1 },
  height: { max: 3024, min: 1 },
  torch: true,
  whiteBalanceMode: ['manual', 'continuous'],
  width: { max: 4032, min: 1 },
  zoom: { max: 10, min: 1 },
} satisfies CameraCapabilities & Record<string, unknown>;

/** The front camera of a laptop. */
const LAPTOP = {
  frameRate: { max: 30, min: 0 },
  height: { max: 720, min: 1 },
  width: { max: 1280, min: 1 },
} satisfies CameraCapabilities & Record<string, unknown>;

test('an Android phone: torch, zoom, focus by tap, four resolutions', () => {
  const settings = { torch: false, zoom: 1, width: 1280, height: 720 };
  assert.deepEqual(controlsOf(ANDROID, settings, CHROMIUM), {
    torch: false,
    zoom: { min: 1, max: 8, step: 0.1, value: 1 },
    hasPoint: true,
    resolution: { choices: [480, 720, 1080, 2160], current: 720 },
  });
});

test('an Android phone held upright tells its sides swapped: it is the same camera', () => {
  const turned = { ...ANDROID, width: ANDROID.height, height: ANDROID.width };
  const { resolution } = controlsOf(turned, { width: 720, height: 1280 }, CHROMIUM);
  assert.deepEqual(resolution, { choices: [480, 720, 1080, 2160], current: 720 });
});

test('an iPhone: a zoom without a step gets one, and there is no focus by tap', () => {
  const { torch, zoom, hasPoint } = controlsOf(IPHONE, { torch: true, zoom: 2 }, SAFARI);
  assert.equal(torch, true);
  assert.deepEqual(zoom, { min: 1, max: 10, step: 0.09, value: 2 });
  assert.equal(hasPoint, false);
});

test('a torch that is reported as a list, as the first iOS did', () => {
  assert.equal(controlsOf({ torch: [false, true] }, {}, SAFARI).torch, false);
  assert.equal(controlsOf({ torch: [false] }, {}, SAFARI).torch, undefined);
});

test('a laptop: its resolutions, and nothing else', () => {
  assert.deepEqual(controlsOf(LAPTOP, { width: 640, height: 360 }, CHROMIUM), {
    torch: undefined,
    zoom: undefined,
    hasPoint: false,
    resolution: { choices: [480, 720], current: undefined },
  });
});

test('a browser that tells nothing (Firefox before 132): no controls', () => {
  const { torch, zoom, hasPoint, resolution } = controlsOf({}, {}, {});
  assert.deepEqual([torch, zoom, hasPoint, resolution], [undefined, undefined, false, undefined]);
});

test('a range of one value is no control; a value outside its range is drawn to it', () => {
  assert.equal(controlsOf({ zoom: { min: 1, max: 1, step: 1 } }, { zoom: 1 }, CHROMIUM).zoom, undefined);
  assert.equal(controlsOf({ zoom: { min: 100, max: 400, step: 1 } }, { zoom: 0 }, CHROMIUM).zoom?.value, 100);
});

test('a tap focuses once where the camera can, else it leaves it to go on by itself', () => {
  assert.deepEqual(focusPointMode(ANDROID), { focusMode: 'single-shot', exposureMode: 'continuous' });
  assert.deepEqual(focusPointMode({ focusMode: ['continuous', 'manual'] }), { focusMode: 'continuous' });
  assert.equal(focusPointMode({ focusMode: ['manual'], exposureMode: ['none'] }), undefined);
});
