import type { Words } from '../ui/words/en.ts';

/** What is checked, in this order: what the later ones need comes first. */
export const CHECKS = [
  'secure',
  'workers',
  'pixels',
  'encoding',
  'camera',
  'server',
  'roundTrip',
  'bandwidth',
  'wasm',
  'webgpu',
  'storage',
] as const;
export type CheckId = (typeof CHECKS)[number];

/** What a check can come to; the catalogue has what it means, and what to do. */
export type FindingCode = keyof Words['doctor']['findings'];

/**
 * `good`: as it should be · `note`: worth knowing, nothing is lost by it · `limited`: works, but worse than it could · `bad`:
 * something does not work · `unknown`: it could not be found out.
 */
export type Status = 'good' | 'note' | 'limited' | 'bad' | 'unknown';

/** What was measured, for the report. Nothing that tells who or where a person is, and no ids of devices. */
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Finding {
  readonly code: FindingCode;
  readonly facts: Facts;
}

export const STATUS: Readonly<Record<FindingCode, Status>> = {
  secure: 'good',
  insecure: 'bad',
  workersRun: 'good',
  workersWithoutCanvas: 'limited',
  workersFail: 'bad',
  pixelsTrue: 'good',
  pixelsFaint: 'note',
  pixelsRoundabout: 'limited',
  pixelsHidden: 'bad',
  encodes: 'good',
  encodingFails: 'bad',
  cameraWorks: 'good',
  cameraDark: 'limited',
  cameraSlow: 'limited',
  cameraNotAsked: 'unknown',
  cameraDenied: 'bad',
  cameraDeniedBySystem: 'bad',
  cameraNone: 'bad',
  cameraBusy: 'bad',
  cameraWithheld: 'bad',
  cameraInsecure: 'bad',
  cameraStill: 'bad',
  cameraFailed: 'bad',
  serverWorks: 'good',
  serverUnreachable: 'bad',
  serverNotReady: 'bad',
  serverBusy: 'bad',
  serverNeedsToken: 'bad',
  serverRefuses: 'bad',
  socketBlocked: 'bad',
  tripShort: 'good',
  tripLong: 'limited',
  linkFast: 'good',
  linkSlow: 'limited',
  linkBusy: 'unknown',
  noServer: 'unknown',
  wasmThreads: 'good',
  wasmOneThread: 'limited',
  wasmOld: 'limited',
  wasmMissing: 'limited',
  gpuThere: 'good',
  gpuInSoftware: 'note',
  gpuMissing: 'note',
  storageKept: 'good',
  storageMayGo: 'note',
  storageSmall: 'limited',
  storageNone: 'limited',
  tooSlow: 'unknown',
  checkFailed: 'unknown',
};

export const statusOf = ({ code }: Finding): Status => STATUS[code];
