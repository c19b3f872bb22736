import { isInstalled } from '../browser/installed.ts';
import { isLoopbackHost } from '../browser/isLoopbackHost.ts';
import type { FrameEncoder } from '../capture/frameEncoder.ts';
import { readPreferences } from '../lens/preferences.ts';
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
import { encodePicture } from './probes/encodePicture.ts';
import { lookAtStorage } from './probes/lookAtStorage.ts';
import { lookThroughCamera } from './probes/lookThroughCamera.ts';
import { measureLink } from './probes/measureLink.ts';
import { type SocketVisit, visitSocket } from './probes/visitSocket.ts';
import { askWorker, type WorkerReport } from './probes/workerReport.ts';
import type { Check } from './runChecks.ts';

export interface CheckOptions {
  /** Reads pixels as the stream does. */
  encoder: FrameEncoder;
  /** What lets this page use the server. */
  token: string | undefined;
  /** Whether a person has pressed a button, so that the browser may ask for the camera. */
  mayAskForCamera: boolean;
}

/** A person answers the browser's question in this time, or presses again. */
const ASKED_MS = 60_000;

/** The checks of one run, in their order: those that take the same measurement share it. */
export function createChecks({ encoder, token, mayAskForCamera }: CheckOptions): Check[] {
  let worker: WorkerReport | undefined;
  let visit: SocketVisit = { kind: 'unreachable', isOnline: false };
  let readsPixels = false;
  const check = (id: Check['id'], deadlineMs: number, run: Check['run']): Check => ({ id, deadlineMs, run });
  return [
    check('secure', 1_000, async () => judgeSecure(addressFacts())),
    check('workers', 10_000, async (signal) => {
      worker = await askWorker(signal);
      return judgeWorkers(worker);
    }),
    check('pixels', 5_000, async () => {
      const report = await encoder.probe();
      readsPixels = report.reader === 'canvas';
      return judgePixels(report);
    }),
    check(
      'encoding',
      10_000,
      async (): Promise<Finding> => judgeEncoding(await encodePicture(encoder).catch(String)),
    ),
    check('camera', mayAskForCamera ? ASKED_MS : 15_000, async (signal) =>
      judgeCamera(
        await lookThroughCamera(
          { deviceId: readPreferences().cameraId, mayAsk: mayAskForCamera, readsPixels },
          signal,
        ),
      ),
    ),
    check('server', 10_000, async (signal) => {
      visit = await visitSocket(token, signal);
      return judgeServer(visit);
    }),
    check('roundTrip', 1_000, async () => judgeRoundTrip(visit)),
    check('bandwidth', 20_000, async (signal): Promise<Finding> => {
      if (visit.kind === 'unreachable') return { code: 'noServer', facts: {} };
      return judgeLink(await measureLink(token, signal));
    }),
    check('wasm', 1_000, async () => judgeWasm(worker, navigator.hardwareConcurrency)),
    check('webgpu', 10_000, async () => judgeGpu(await worker?.gpu)),
    check('storage', 10_000, async () => judgeStorage(await lookAtStorage())),
  ];
}

function addressFacts() {
  const { protocol, hostname } = location;
  return {
    isSecure: window.isSecureContext,
    protocol: protocol.replace(':', ''),
    isLocal: isLoopbackHost(hostname),
  };
}

/** Of the browser and its screen, for the report. */
export function browserFacts(): Facts {
  const { userAgent, languages, maxTouchPoints } = navigator;
  return {
    browser: userAgent,
    languages: languages.join(' '),
    window: `${innerWidth}x${innerHeight} at ${Math.round(devicePixelRatio * 100) / 100}`,
    touch: maxTouchPoints > 0,
    installed: isInstalled(),
  };
}
