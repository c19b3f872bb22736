import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameraProblem } from '../capture/sourceProblem.ts';
import type { Facts, Finding } from './finding.ts';
import {
  judgeCamera,
  judgeEncoding,
  judgeGpu,
  judgeLink,
  judgePixels,
  judgeRoundTrip,
  judgeSecure,
  judgeServer,
  judgeStorage,
  judgeWasm,
  judgeWorkers,
} from './judge.ts';
import type { CameraLook } from './probes/lookThroughCamera.ts';
import type { SocketVisit } from './probes/visitSocket.ts';
import type { WorkerReport } from './probes/workerReport.ts';

const code = ({ code }: Finding) => code;

/** As Chromium 156 on a laptop reports it. */
const WORKER: WorkerReport = {
  startMs: 42.4,
  hasCanvas: true,
  hasWasm: true,
  hasSimd: true,
  isIsolated: true,
  hasSharedMemory: true,
  gpu: Promise.resolve(undefined),
};

test('an address is secure or not, whoever it is', () => {
  assert.equal(code(judgeSecure({ isSecure: true, protocol: 'http', isLocal: true })), 'secure');
  const insecure = judgeSecure({ isSecure: false, protocol: 'http', isLocal: false });
  assert.equal(insecure.code, 'insecure');
  assert.deepEqual(Object.keys(insecure.facts), ['isSecure', 'protocol', 'isLocal'], 'no address');
});

test('workers: none, without a canvas (Safari before 16.4), whole', () => {
  assert.equal(code(judgeWorkers(undefined)), 'workersFail');
  assert.equal(code(judgeWorkers({ ...WORKER, hasCanvas: false })), 'workersWithoutCanvas');
  assert.equal(code(judgeWorkers(WORKER)), 'workersRun');
});

test('pixels: true, with the faint noise of Brave, by a detour, and the noise of resistFingerprinting', () => {
  const videoFrame = undefined;
  assert.equal(code(judgePixels({ reader: 'canvas', canvas: { kind: 'true' }, videoFrame })), 'pixelsTrue');
  const faint = judgePixels({
    reader: 'canvas',
    canvas: { kind: 'faint', meanDifference: 0.26 },
    videoFrame,
  });
  assert.equal(faint.code, 'pixelsFaint');
  assert.equal(faint.facts.meanDifference, 0.3);
  const noise = { kind: 'false', meanDifference: 84.2, pattern: 'few-colours' } as const;
  assert.equal(
    code(judgePixels({ reader: 'video-frame', canvas: noise, videoFrame: { kind: 'true' } })),
    'pixelsRoundabout',
  );
  assert.equal(code(judgePixels({ reader: 'none', canvas: noise, videoFrame: noise })), 'pixelsHidden');
});

test('encoding: what came, or why nothing did', () => {
  const facts = judgeEncoding({ format: 'jpeg', bytes: 4_200, tookMs: 2.34 }).facts;
  assert.deepEqual(facts, { format: 'jpeg', bytes: 4_200, tookMs: 2.3 });
  assert.equal(code(judgeEncoding('Error: no 2D canvas')), 'encodingFails');
});

const SEEN: CameraLook = {
  kind: 'seen',
  permission: 'granted',
  cameras: 2,
  width: 1280,
  height: 720,
  facing: 'environment',
  firstFrameMs: 412.7,
  fps: 29.9,
  spread: 190,
};

test('a camera: working, covered, slow in the dark, silent, not asked for', () => {
  assert.equal(code(judgeCamera(SEEN)), 'cameraWorks');
  assert.equal(judgeCamera(SEEN).facts.size, '1280x720');
  assert.equal(code(judgeCamera({ ...SEEN, spread: 2 })), 'cameraDark');
  assert.equal(code(judgeCamera({ ...SEEN, fps: 7.5 })), 'cameraSlow');
  assert.equal(
    code(judgeCamera({ ...SEEN, spread: undefined })),
    'cameraWorks',
    'pixels that cannot be read',
  );
  const common = { permission: 'prompt', cameras: 0 } as const;
  assert.equal(code(judgeCamera({ kind: 'still', ...common })), 'cameraStill');
  assert.equal(code(judgeCamera({ kind: 'not-asked', ...common })), 'cameraNotAsked');
});

test('a camera that cannot be opened: by what browsers reject with', () => {
  const rejected: [name: string, message: string, code: string][] = [
    ['NotAllowedError', 'Permission denied', 'cameraDenied'],
    ['NotAllowedError', 'Permission denied by system', 'cameraDeniedBySystem'],
    ['NotFoundError', 'Requested device not found', 'cameraNone'],
    ['NotReadableError', 'Could not start video source', 'cameraBusy'],
    ['TypeError', 'odd', 'cameraFailed'],
  ];
  for (const [name, message, expected] of rejected) {
    const problem = cameraProblem(Object.assign(new Error(message), { name }));
    const look = { kind: 'problem', problem, isSecure: true, permission: undefined, cameras: 1 } as const;
    assert.equal(code(judgeCamera(look)), expected, `${name}: ${message}`);
  }
  const withheld = {
    kind: 'problem',
    problem: { kind: 'withheld' },
    permission: undefined,
    cameras: 0,
  } as const;
  assert.equal(code(judgeCamera({ ...withheld, isSecure: true })), 'cameraWithheld');
  assert.equal(code(judgeCamera({ ...withheld, isSecure: false })), 'cameraInsecure');
});

const welcome = (tripsMs: number[]): SocketVisit => ({
  kind: 'welcome',
  connectMs: 12.2,
  model: 'coco-ssd@0123456789ab',
  tripsMs,
});

test('a server: ready, away, starting, full, with a token, behind a proxy without WebSockets', () => {
  const cases: [SocketVisit, string][] = [
    [welcome([1]), 'serverWorks'],
    [{ kind: 'unreachable', isOnline: false }, 'serverUnreachable'],
    [{ kind: 'not-ready', status: 503 }, 'serverNotReady'],
    [{ kind: 'refused', code: 'server_busy' }, 'serverBusy'],
    [{ kind: 'refused', code: 'restarting' }, 'serverNotReady'],
    [{ kind: 'refused', code: 'unauthorized' }, 'serverNeedsToken'],
    [{ kind: 'refused', code: 'forbidden_origin' }, 'serverRefuses'],
    [{ kind: 'closed', closeCode: 1006 }, 'socketBlocked'],
  ];
  for (const [visit, expected] of cases) assert.equal(code(judgeServer(visit)), expected);
});

test('the round trip is the median: one slow message in ten says nothing of the link', () => {
  assert.equal(code(judgeRoundTrip(welcome([20, 21, 20, 900, 22]))), 'tripShort');
  assert.equal(judgeRoundTrip(welcome([20, 21, 20, 900, 22])).facts.medianMs, 21);
  assert.equal(code(judgeRoundTrip(welcome([600, 610, 20]))), 'tripLong');
  assert.equal(code(judgeRoundTrip({ kind: 'closed', closeCode: 1006 })), 'noServer');
});

test('a link is as slow as its slower direction needs it not to be', () => {
  const measured = { kind: 'measured', downBps: 40e6, upBps: 12e6 } as const;
  assert.deepEqual(judgeLink(measured), { code: 'linkFast', facts: { downMbps: 40, upMbps: 12 } });
  assert.equal(code(judgeLink({ ...measured, upBps: 0.6e6 })), 'linkSlow');
  assert.equal(code(judgeLink({ ...measured, downBps: 0.1e6 })), 'linkSlow');
  assert.equal(code(judgeLink({ kind: 'busy' })), 'linkBusy');
  assert.equal(code(judgeLink({ kind: 'unreachable' })), 'noServer');
});

test('WebAssembly: threads need isolation and shared memory, models need SIMD', () => {
  assert.equal(code(judgeWasm(WORKER, 8)), 'wasmThreads');
  assert.equal(code(judgeWasm({ ...WORKER, isIsolated: false }, 8)), 'wasmOneThread');
  assert.equal(code(judgeWasm({ ...WORKER, hasSharedMemory: false }, 8)), 'wasmOneThread');
  assert.equal(code(judgeWasm({ ...WORKER, hasSimd: false }, 8)), 'wasmOld');
  assert.equal(code(judgeWasm({ ...WORKER, hasWasm: false }, 8)), 'wasmMissing');
  assert.equal(code(judgeWasm(undefined, 8)), 'wasmMissing');
});

test('WebGPU: there, emulated, not there', () => {
  const gpu = { vendor: 'apple', architecture: 'common-3', hasFloat16: true, isSoftware: false };
  assert.equal(code(judgeGpu(gpu)), 'gpuThere');
  assert.equal(code(judgeGpu({ ...gpu, isSoftware: true })), 'gpuInSoftware');
  assert.equal(code(judgeGpu(undefined)), 'gpuMissing');
});

test('storage: kept, at the browser’s mercy, nearly full, none', () => {
  const look = { hasEntries: true, hasFiles: true, quotaBytes: 10e9, usedBytes: 30e6, isPersisted: true };
  assert.equal(code(judgeStorage(look)), 'storageKept');
  assert.equal(code(judgeStorage({ ...look, isPersisted: false })), 'storageMayGo');
  assert.equal(code(judgeStorage({ ...look, quotaBytes: 80e6 })), 'storageSmall');
  assert.equal(
    code(judgeStorage({ ...look, quotaBytes: 100e6, usedBytes: 90e6 })),
    'storageKept',
    'it is there',
  );
  assert.equal(code(judgeStorage({ ...look, quotaBytes: undefined, usedBytes: undefined })), 'storageKept');
  assert.equal(code(judgeStorage({ ...look, hasFiles: false })), 'storageNone');
  assert.equal(code(judgeStorage({ ...look, hasEntries: false })), 'storageNone');
  const facts: Facts = judgeStorage(look).facts;
  assert.equal(facts.quotaMb, 10_000);
});
