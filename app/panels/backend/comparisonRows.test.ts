import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SideReading } from '../../recognizers/backend.ts';
import { DELIVERED } from '../../ui/words/words.ts';
import { type ComparisonRow, comparisonRows, providerName } from './comparisonRows.ts';

const { words } = DELIVERED;
const { perSecond, perHour } = words.comparison;

const NOTHING: SideReading = {
  answerMs: undefined,
  answerP95Ms: undefined,
  inferMs: undefined,
  labelsPerS: undefined,
  upBytesPerS: undefined,
};
const SERVER: SideReading = {
  answerMs: 34.2,
  answerP95Ms: 61,
  inferMs: 10,
  labelsPerS: 28.4,
  upBytesPerS: 412_000,
};
const DEVICE: SideReading = {
  answerMs: 52.4,
  answerP95Ms: 71,
  inferMs: 44,
  labelsPerS: 7.25,
  upBytesPerS: 0,
};
const PROVIDER = {
  provider: 'wasm',
  threads: 2,
  runtime: 'onnxruntime-web 1.30.0',
  inferMs: 40,
  why: 'no WebGPU adapter',
  race: [],
} as const;

const row = (rows: readonly ComparisonRow[], id: ComparisonRow['id']) => {
  const found = rows.find((one) => one.id === id);
  assert.ok(found, id);
  return found;
};

test('what was measured on both sides stands side by side, and who does clearly better', () => {
  const rows = comparisonRows(words, {
    comparison: { server: SERVER, device: DEVICE },
    mode: 'auto',
    provider: PROVIDER,
  });
  assert.deepEqual(row(rows, 'answer'), {
    id: 'answer',
    name: 'Latency',
    server: { text: '34 ms', more: 'p95 61 ms' },
    device: { text: '52 ms', more: 'p95 71 ms' },
    better: 'server',
  });
  assert.equal(row(rows, 'rate').device?.text, '7.3');
  assert.deepEqual(row(rows, 'power').server, { text: '10 ms', more: '4.4 times as fast' });
  assert.deepEqual(row(rows, 'power').device, { text: '44 ms', more: 'WebAssembly, 2 threads' });
  assert.deepEqual(row(rows, 'bandwidth').server, { text: '412 kB/s', more: '1.5 GB per hour' });
  assert.deepEqual(row(rows, 'bandwidth').device, { text: 'None' });
  assert.equal(row(rows, 'bandwidth').better, 'device');
});

test('what was never measured is not known, and neither does better in it', () => {
  const rows = comparisonRows(words, {
    comparison: { server: SERVER, device: NOTHING },
    mode: 'server',
    provider: undefined,
  });
  for (const id of ['answer', 'rate', 'power'] as const) {
    assert.ok(row(rows, id).server);
    assert.equal(row(rows, id).device, undefined);
    assert.equal(row(rows, id).better, undefined);
  }
});

test('a model that was only opened here has its time of a run', () => {
  const rows = comparisonRows(words, {
    comparison: { server: NOTHING, device: NOTHING },
    mode: 'auto',
    provider: PROVIDER,
  });
  assert.equal(row(rows, 'power').device?.text, '40 ms');
});

test('figures that are nearly the same make neither the better', () => {
  const rows = comparisonRows(words, {
    comparison: { server: SERVER, device: { ...DEVICE, answerMs: 35 } },
    mode: 'auto',
    provider: undefined,
  });
  assert.equal(row(rows, 'answer').better, undefined);
});

test('frames that test the server leave the device in Auto, and none does where the device was chosen', () => {
  const of = (mode: 'auto' | 'device', upBytesPerS: number | undefined) =>
    comparisonRows(words, {
      comparison: { server: SERVER, device: { ...DEVICE, upBytesPerS } },
      mode,
      provider: undefined,
    });
  assert.match(row(of('auto', 42_000), 'privacy').device?.text ?? '', /second/);
  assert.deepEqual(row(of('auto', 42_000), 'bandwidth').device, { text: '42 kB/s', more: '151 MB per hour' });
  assert.equal(row(of('auto', undefined), 'bandwidth').device, undefined, 'they were not measured');
  assert.deepEqual(row(of('device', 0), 'bandwidth').device, { text: 'None' });
  assert.deepEqual(row(of('device', 0), 'privacy').device, { text: 'None' });
});

test('rates and providers in words', () => {
  assert.equal(perSecond(940.4), '940 B/s');
  assert.equal(perHour(27_800), '100 MB per hour');
  assert.equal(providerName(words, { provider: 'wasm', threads: 1 }), 'WebAssembly, one thread');
  assert.equal(providerName(words, { provider: 'webgpu', threads: 1 }), 'WebGPU');
  assert.equal(providerName(words, { provider: 'litert', threads: 2 }), 'LiteRT.js, 2 threads');
});
