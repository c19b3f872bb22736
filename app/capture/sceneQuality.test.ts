import assert from 'node:assert/strict';
import test from 'node:test';
import { SceneQuality } from './sceneQuality.ts';

const MOVES = { changed: true, isSignOfLife: false };
const SETTLES = { changed: false, isSignOfLife: false };
const LIVES = { changed: false, isSignOfLife: true };

test('a scene that comes to rest is sent as well as the link allows; signs of life are small', () => {
  const scene = new SceneQuality();
  assert.equal(scene.of({ wanted: 0.9, ...MOVES }), 0.9);
  assert.equal(scene.of({ wanted: 0.9, ...SETTLES }), 0.9);
  assert.equal(scene.of({ wanted: 0.9, ...LIVES }), 0.7);
  assert.equal(scene.of({ wanted: 0.9, ...LIVES }), 0.7);
});

test('one sign of life is as good as the link, where that got room only after the scene had come to rest', () => {
  const scene = new SceneQuality();
  assert.equal(scene.of({ wanted: 0.7, ...MOVES }), 0.7);
  assert.equal(scene.of({ wanted: 0.7, ...SETTLES }), 0.7);
  assert.equal(scene.of({ wanted: 0.9, ...LIVES }), 0.9);
  assert.equal(scene.of({ wanted: 0.9, ...LIVES }), 0.7);
});

test('a bad link gets no more than it bears, and another scene begins anew', () => {
  const scene = new SceneQuality();
  assert.equal(scene.of({ wanted: 0.4, ...MOVES }), 0.4);
  assert.equal(scene.of({ wanted: 0.4, ...LIVES }), 0.4);
  assert.equal(scene.of({ wanted: 0.9, ...LIVES }), 0.9);
  assert.equal(scene.of({ wanted: 0.7, ...MOVES }), 0.7);
  assert.equal(scene.of({ wanted: 0.9, ...LIVES }), 0.9);
});
