import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckId, Finding, FindingCode } from './finding.ts';
import { CHECKS, STATUS } from './finding.ts';
import { factsText, reportText } from './reportText.ts';
import { verdictOf } from './verdict.ts';

const GOOD: Record<CheckId, FindingCode> = {
  secure: 'secure',
  workers: 'workersRun',
  pixels: 'pixelsTrue',
  encoding: 'encodes',
  camera: 'cameraWorks',
  server: 'serverWorks',
  roundTrip: 'tripShort',
  bandwidth: 'linkFast',
  wasm: 'wasmThreads',
  webgpu: 'gpuMissing',
  storage: 'storageMayGo',
};

const findings = (changed: Partial<Record<CheckId, FindingCode>> = {}): Map<CheckId, Finding> =>
  new Map(CHECKS.map((id) => [id, { code: changed[id] ?? GOOD[id], facts: {} }]));

test('a device on which all is well is ready, though it has no WebGPU and its storage may go', () => {
  assert.equal(verdictOf(findings()), 'works');
});

test('without camera, pixels or encoder there are no live labels', () => {
  assert.equal(verdictOf(findings({ camera: 'cameraDenied' })), 'blocked');
  assert.equal(verdictOf(findings({ pixels: 'pixelsHidden' })), 'blocked');
  assert.equal(verdictOf(findings({ encoding: 'encodingFails' })), 'blocked');
});

test('without a server the device may label; without both nothing does', () => {
  const away = { server: 'serverUnreachable', roundTrip: 'noServer', bandwidth: 'noServer' } as const;
  assert.equal(verdictOf(findings(away)), 'partly');
  assert.equal(verdictOf(findings({ ...away, wasm: 'wasmOneThread' })), 'partly');
  assert.equal(verdictOf(findings({ ...away, wasm: 'wasmMissing' })), 'blocked');
  assert.equal(verdictOf(findings({ ...away, wasm: 'checkFailed' })), 'blocked');
});

test('what is worse than it could be is said; what is not known is no success', () => {
  assert.equal(verdictOf(findings({ bandwidth: 'linkSlow' })), 'partly');
  assert.equal(verdictOf(findings({ workers: 'workersFail', wasm: 'wasmMissing' })), 'partly');
  assert.equal(verdictOf(findings({ camera: 'cameraNotAsked' })), 'unknown');
  assert.equal(verdictOf(new Map()), 'unknown');
});

test('the report names each check once, by codes, with what was measured', () => {
  const found = findings({ camera: 'cameraDenied' });
  found.set('camera', {
    code: 'cameraDenied',
    facts: { permission: 'denied', cameras: 0, facing: undefined },
  });
  const text = reportText({
    verdict: 'blocked',
    checkedAt: '2026-11-28T09:00:00.000Z',
    facts: { browser: 'Mozilla/5.0', touch: true },
    findings: found,
  });
  const lines = text.split('\n');
  assert.equal(lines[0], 'Livelens device check: blocked');
  assert.ok(lines.includes('touch: true'));
  assert.ok(lines.includes('[bad] camera: cameraDenied (permission denied, cameras 0)'), text);
  for (const id of CHECKS) assert.equal(text.match(new RegExp(`\\] ${id}: `, 'g'))?.length, 1, id);
  assert.equal(factsText({ a: undefined }), '');
});

test('every finding has a status', () => {
  assert.ok(Object.values(STATUS).length > CHECKS.length);
});
