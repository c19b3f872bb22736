import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERED } from '../../ui/words/words.ts';
import {
  type DeviceConditions,
  isUnmetered,
  type UnmetCondition,
  unmetCondition,
} from './deviceConditions.ts';

const text = (unmet: UnmetCondition | undefined) => (unmet === undefined ? '' : DELIVERED.words.unmet[unmet]);

const NONE = { unmetered: false, charging: false, idle: false };
const SILENT: DeviceConditions = { saveData: false, unmetered: undefined, charging: undefined, idle: false };

test('without conditions all is allowed, but not where data is to be saved', () => {
  assert.equal(unmetCondition(NONE, SILENT), undefined);
  assert.match(text(unmetCondition(NONE, { ...SILENT, saveData: true })), /data saver/i);
});

test('a condition that the browser does not report is not met, and the text says so', () => {
  assert.match(text(unmetCondition({ ...NONE, unmetered: true }, SILENT)), /unmetered.*can’t detect/);
  assert.match(text(unmetCondition({ ...NONE, charging: true }, SILENT)), /charging.*can’t detect/);
});

test('all that are ticked must hold', () => {
  const all = { unmetered: true, charging: true, idle: true };
  const met: DeviceConditions = { saveData: false, unmetered: true, charging: true, idle: true };
  assert.equal(unmetCondition(all, met), undefined);
  assert.match(text(unmetCondition(all, { ...met, unmetered: false })), /unmetered network\.$/);
  assert.match(text(unmetCondition(all, { ...met, charging: false })), /charging\.$/);
  assert.match(text(unmetCondition(all, { ...met, idle: false })), /not in use/);
});

test('the type of a connection decides whether it is metered, where it is known', () => {
  assert.equal(isUnmetered('wifi'), true);
  assert.equal(isUnmetered('cellular'), false);
  assert.equal(isUnmetered('unknown'), undefined);
  assert.equal(isUnmetered(undefined), undefined);
});
