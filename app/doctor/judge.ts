import { isTokenRefusal } from '../../client/tokenReader.ts';
import { quantile } from '../../protocol/quantile.ts';
import type { PixelReport } from '../capture/readback.ts';
import type { SourceProblem } from '../capture/sourceProblem.ts';
import type { Finding } from './finding.ts';
import type { EncodedLook } from './probes/encodePicture.ts';
import type { StorageLook } from './probes/lookAtStorage.ts';
import type { CameraLook } from './probes/lookThroughCamera.ts';
import type { LinkSpeed } from './probes/measureLink.ts';
import type { SocketVisit } from './probes/visitSocket.ts';
import type { GpuReport, WorkerReport } from './probes/workerReport.ts';

/*
 * What measurements come to. Pure: values in, findings out; the probes take the measurements.
 */

/** A picture whose levels differ less than this shows nothing: a covered lens, or a camera that gives black. */
const DARK_SPREAD = 6;
/** Boxes of fewer pictures a second jump. */
const SLOW_FPS = 10;
/** Half of the second after which labels are not drawn any more is left for the model. */
const LONG_TRIP_MS = 250;
/** Ten pictures of 300x300 a second, 15 KB each, go out; their labels come back. */
const NEEDED = { upBps: 1_200_000, downBps: 300_000 } as const;
/** The shipped model and what runs it on a device. */
const NEEDED_BYTES = 60e6;

const toTenths = (value: number) => Math.round(value * 10) / 10;

export const judgeSecure = (facts: { isSecure: boolean; protocol: string; isLocal: boolean }): Finding => ({
  code: facts.isSecure ? 'secure' : 'insecure',
  facts,
});

export function judgeWorkers(report: WorkerReport | undefined): Finding {
  if (report === undefined) return { code: 'workersFail', facts: {} };
  const facts = { startMs: Math.round(report.startMs), canvas: report.hasCanvas };
  return { code: report.hasCanvas ? 'workersRun' : 'workersWithoutCanvas', facts };
}

export function judgePixels({ reader, canvas, videoFrame }: PixelReport): Finding {
  const facts = {
    reader,
    canvas: canvas.kind,
    meanDifference: canvas.kind === 'true' ? undefined : toTenths(canvas.meanDifference),
    pattern: canvas.kind === 'false' ? canvas.pattern : undefined,
    videoFrame: videoFrame?.kind,
  };
  if (reader === 'none') return { code: 'pixelsHidden', facts };
  if (reader === 'video-frame') return { code: 'pixelsRoundabout', facts };
  return { code: canvas.kind === 'true' ? 'pixelsTrue' : 'pixelsFaint', facts };
}

/** @param look why it failed, where it is a text */
export function judgeEncoding(look: EncodedLook | string): Finding {
  if (typeof look === 'string') return { code: 'encodingFails', facts: { error: look } };
  const { format, bytes, tookMs } = look;
  return { code: 'encodes', facts: { format, bytes, tookMs: toTenths(tookMs) } };
}

export function judgeCamera(look: CameraLook): Finding {
  const { permission, cameras } = look;
  const common = { permission, cameras };
  switch (look.kind) {
    case 'not-asked':
      return { code: 'cameraNotAsked', facts: common };
    case 'problem':
      return judgeProblem(look.problem, look.isSecure, common);
    case 'still':
      return { code: 'cameraStill', facts: common };
    case 'seen': {
      const { width, height, firstFrameMs, fps, spread, facing } = look;
      const facts = {
        ...common,
        size: `${width}x${height}`,
        facing,
        firstFrameMs: Math.round(firstFrameMs),
        fps: Math.round(fps),
        spread: spread === undefined ? undefined : Math.round(spread),
      };
      if (spread !== undefined && spread < DARK_SPREAD) return { code: 'cameraDark', facts };
      return { code: fps < SLOW_FPS ? 'cameraSlow' : 'cameraWorks', facts };
    }
    default:
      return look satisfies never;
  }
}

function judgeProblem(problem: SourceProblem, isSecure: boolean, facts: Finding['facts']): Finding {
  switch (problem.kind) {
    case 'denied':
      return { code: problem.bySystem ? 'cameraDeniedBySystem' : 'cameraDenied', facts };
    case 'no-camera':
      return { code: 'cameraNone', facts };
    case 'camera-busy':
      return { code: 'cameraBusy', facts };
    case 'withheld':
      return { code: isSecure ? 'cameraWithheld' : 'cameraInsecure', facts };
    case 'cancelled':
      return { code: 'cameraNotAsked', facts };
    case 'failed':
      return { code: 'cameraFailed', facts: { ...facts, error: problem.message } };
    default:
      return problem satisfies never;
  }
}

export function judgeServer(visit: SocketVisit): Finding {
  switch (visit.kind) {
    case 'welcome':
      return { code: 'serverWorks', facts: { connectMs: Math.round(visit.connectMs), model: visit.model } };
    case 'unreachable':
      return { code: 'serverUnreachable', facts: { online: visit.isOnline } };
    case 'not-ready':
      return { code: 'serverNotReady', facts: { status: visit.status } };
    case 'closed':
      // The page of the server came over HTTP, so something between lets no WebSocket through.
      return { code: 'socketBlocked', facts: { closeCode: visit.closeCode } };
    case 'refused': {
      const facts = { error: visit.code };
      if (isTokenRefusal(visit.code)) return { code: 'serverNeedsToken', facts };
      if (visit.code === 'server_busy' || visit.code === 'rate_limited') return { code: 'serverBusy', facts };
      if (visit.code === 'not_ready' || visit.code === 'restarting') return { code: 'serverNotReady', facts };
      return { code: 'serverRefuses', facts };
    }
    default:
      return visit satisfies never;
  }
}

export function judgeRoundTrip(visit: SocketVisit): Finding {
  const tripsMs = visit.kind === 'welcome' ? visit.tripsMs : [];
  const medianMs = quantile(tripsMs, 0.5);
  if (medianMs === undefined) return { code: 'noServer', facts: {} };
  const facts = {
    medianMs: toTenths(medianMs),
    longestMs: toTenths(Math.max(...tripsMs)),
    trips: tripsMs.length,
  };
  return { code: medianMs > LONG_TRIP_MS ? 'tripLong' : 'tripShort', facts };
}

export function judgeLink(speed: LinkSpeed): Finding {
  if (speed.kind !== 'measured') return { code: speed.kind === 'busy' ? 'linkBusy' : 'noServer', facts: {} };
  const mbps = (bps: number) => toTenths(bps / 1e6);
  const facts = { downMbps: mbps(speed.downBps), upMbps: mbps(speed.upBps) };
  const isSlow = speed.upBps < NEEDED.upBps || speed.downBps < NEEDED.downBps;
  return { code: isSlow ? 'linkSlow' : 'linkFast', facts };
}

export function judgeWasm(report: WorkerReport | undefined, cores: number | undefined): Finding {
  if (!report?.hasWasm) return { code: 'wasmMissing', facts: { cores } };
  const facts = {
    simd: report.hasSimd,
    isolated: report.isIsolated,
    sharedMemory: report.hasSharedMemory,
    cores,
  };
  if (!report.hasSimd) return { code: 'wasmOld', facts };
  return { code: report.isIsolated && report.hasSharedMemory ? 'wasmThreads' : 'wasmOneThread', facts };
}

export function judgeGpu(gpu: GpuReport | undefined): Finding {
  if (gpu === undefined) return { code: 'gpuMissing', facts: {} };
  const facts = { vendor: gpu.vendor, architecture: gpu.architecture, float16: gpu.hasFloat16 };
  return { code: gpu.isSoftware ? 'gpuInSoftware' : 'gpuThere', facts };
}

export function judgeStorage(look: StorageLook): Finding {
  const megabytes = (bytes: number | undefined) =>
    bytes === undefined ? undefined : Math.round(bytes / 1e6);
  const facts = {
    entries: look.hasEntries,
    files: look.hasFiles,
    quotaMb: megabytes(look.quotaBytes),
    usedMb: megabytes(look.usedBytes),
    persisted: look.isPersisted,
  };
  if (!look.hasEntries || !look.hasFiles) return { code: 'storageNone', facts };
  const freeBytes = (look.quotaBytes ?? Number.POSITIVE_INFINITY) - (look.usedBytes ?? 0);
  // What is there already was paid for.
  if (freeBytes < NEEDED_BYTES && (look.usedBytes ?? 0) < NEEDED_BYTES)
    return { code: 'storageSmall', facts };
  return { code: look.isPersisted === true ? 'storageKept' : 'storageMayGo', facts };
}
