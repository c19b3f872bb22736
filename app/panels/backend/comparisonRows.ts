import type { ProviderReport } from '../../device/deviceState.ts';
import type { Comparison, PlaceMode, SideReading } from '../../recognizers/place.ts';
import type { Place } from '../../recognizers/recognizer.ts';
import { bytesInWords, msInWords } from '../../ui/values.ts';

/** What is known of one side, in words. */
export interface Figure {
  readonly text: string;
  readonly more?: string | undefined;
}

/** One respect in which server and device differ. */
export interface ComparisonRow {
  readonly id: 'network' | 'privacy' | 'answer' | 'rate' | 'power' | 'bandwidth';
  readonly name: string;
  /** Undefined: not measured yet. */
  readonly server: Figure | undefined;
  readonly device: Figure | undefined;
  /** Who does clearly better; undefined where that is not known, or a matter of taste. */
  readonly better: Place | undefined;
}

/** Differences below this share of the smaller figure are noise. */
const CLEAR = 0.1;

/** Server and device side by side; `provider` is what computes on this device, where that is known. */
export function comparisonRows({
  comparison: { server, device },
  mode,
  provider,
}: {
  comparison: Comparison;
  mode: PlaceMode;
  provider: ProviderReport | undefined;
}): readonly ComparisonRow[] {
  const deviceInferMs = device.inferMs ?? provider?.inferMs;
  return [
    {
      id: 'network',
      name: 'Needs the network',
      server: { text: 'Yes' },
      device: { text: 'No', more: 'only to fetch models' },
      better: 'device',
    },
    {
      id: 'privacy',
      name: 'Frames that leave this device',
      server: { text: 'All', more: 'sent to this server, which keeps none' },
      // Auto must know when the server does well again.
      device:
        mode === 'auto'
          ? { text: 'Up to two a second', more: 'to test the server; none with “This device”' }
          : { text: 'None' },
      better: 'device',
    },
    {
      id: 'answer',
      name: 'Latency',
      server: answer(server),
      device: answer(device),
      better: lower(server.answerMs, device.answerMs),
    },
    {
      id: 'rate',
      name: 'Labels per second',
      server: figure(server.labelsPerS, rate),
      device: figure(device.labelsPerS, rate),
      // It depends on the camera and on what moves before it as much as on where the model runs.
      better: undefined,
    },
    {
      id: 'power',
      name: 'Inference time',
      server: figure(server.inferMs, msInWords, timesAsFast(server.inferMs, deviceInferMs)),
      device: figure(
        deviceInferMs,
        msInWords,
        provider ? providerName(provider) : timesAsFast(deviceInferMs, server.inferMs),
      ),
      better: lower(server.inferMs, deviceInferMs),
    },
    {
      id: 'bandwidth',
      name: 'Bandwidth used',
      server: figure(server.upBytesPerS, perSecond, server.upBytesPerS && perHour(server.upBytesPerS)),
      device:
        device.upBytesPerS === 0
          ? { text: 'None' }
          : figure(device.upBytesPerS, perSecond, device.upBytesPerS && perHour(device.upBytesPerS)),
      better: lower(server.upBytesPerS, device.upBytesPerS),
    },
  ];
}

/** `WebAssembly, 2 threads` */
export function providerName({ provider, threads }: Pick<ProviderReport, 'provider' | 'threads'>): string {
  switch (provider) {
    case 'webgpu':
      return 'WebGPU';
    case 'wasm':
      return `WebAssembly, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
    default:
      return provider satisfies never;
  }
}

/** `412 kB/s` */
export const perSecond = (bytesPerS: number): string => `${bytesInWords(Math.round(bytesPerS))}/s`;

/** `1.5 GB an hour` */
export const perHour = (bytesPerS: number): string =>
  `${bytesInWords(Math.round(bytesPerS) * 3_600)} an hour`;

/** Who needs clearly less. */
function lower(server: number | undefined, device: number | undefined): Place | undefined {
  if (server === undefined || device === undefined) return undefined;
  if (Math.abs(server - device) <= CLEAR * Math.min(server, device)) return undefined;
  return server < device ? 'server' : 'device';
}

const rate = (perS: number) => (perS < 9.95 ? perS.toFixed(1) : String(Math.round(perS)));

function figure(
  value: number | undefined,
  inWords: (value: number) => string,
  more?: string | 0,
): Figure | undefined {
  return value === undefined ? undefined : { text: inWords(value), more: more || undefined };
}

function answer({ answerMs, answerP95Ms }: SideReading): Figure | undefined {
  return figure(answerMs, msInWords, answerP95Ms === undefined ? undefined : `p95 ${msInWords(answerP95Ms)}`);
}

/** `4.7 times as fast`; undefined where it is not clearly the faster. */
function timesAsFast(ownMs: number | undefined, otherMs: number | undefined): string | undefined {
  if (ownMs === undefined || otherMs === undefined || otherMs < ownMs * 1.5) return undefined;
  const times = otherMs / ownMs;
  return `${times < 9.95 ? times.toFixed(1) : Math.round(times)} times as fast`;
}
