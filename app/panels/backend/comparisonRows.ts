import type { ProviderReport } from '../../device/runtime/deviceSession.ts';
import type { BackendMode, Comparison, SideReading } from '../../recognizers/backend.ts';
import type { Backend } from '../../recognizers/recognizer.ts';
import type { Words } from '../../ui/words/en.ts';

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
  readonly better: Backend | undefined;
}

/** Differences below this share of the smaller figure are noise. */
const CLEAR = 0.1;

/** Server and device side by side; `provider` is what computes on this device, where that is known. */
export function comparisonRows(
  words: Words,
  {
    comparison: { server, device },
    mode,
    provider,
  }: {
    comparison: Comparison;
    mode: BackendMode;
    provider: ProviderReport | undefined;
  },
): readonly ComparisonRow[] {
  const { comparison: texts, format } = words;
  const deviceInferMs = device.inferMs ?? provider?.inferMs;
  return [
    {
      id: 'network',
      name: texts.needsNetwork,
      server: { text: texts.yes },
      device: { text: texts.no, more: texts.onlyModels },
      better: 'device',
    },
    {
      id: 'privacy',
      name: texts.privacy,
      server: { text: texts.all, more: texts.notStored },
      // Auto must know when the server keeps up again.
      device: mode === 'auto' ? { text: texts.twoASecond, more: texts.toTest } : { text: texts.none },
      better: 'device',
    },
    {
      id: 'answer',
      name: texts.latency,
      server: answer(words, server),
      device: answer(words, device),
      better: lower(server.answerMs, device.answerMs),
    },
    {
      id: 'rate',
      name: texts.rate,
      server: figure(server.labelsPerS, rate(words)),
      device: figure(device.labelsPerS, rate(words)),
      // It depends on the camera and on what moves before it as much as on where the model runs.
      better: undefined,
    },
    {
      id: 'power',
      name: texts.inference,
      server: figure(server.inferMs, format.ms, timesAsFast(words, server.inferMs, deviceInferMs)),
      device: figure(
        deviceInferMs,
        format.ms,
        provider ? providerName(words, provider) : timesAsFast(words, deviceInferMs, server.inferMs),
      ),
      better: lower(server.inferMs, deviceInferMs),
    },
    {
      id: 'bandwidth',
      name: texts.bandwidth,
      server: figure(
        server.upBytesPerS,
        texts.perSecond,
        server.upBytesPerS && texts.perHour(server.upBytesPerS),
      ),
      device:
        device.upBytesPerS === 0
          ? { text: texts.none }
          : figure(
              device.upBytesPerS,
              texts.perSecond,
              device.upBytesPerS && texts.perHour(device.upBytesPerS),
            ),
      better: lower(server.upBytesPerS, device.upBytesPerS),
    },
  ];
}

/** `WebAssembly, 2 threads` */
export function providerName(
  { comparison }: Words,
  { provider, threads }: Pick<ProviderReport, 'provider' | 'threads'>,
): string {
  switch (provider) {
    case 'webgpu':
      return 'WebGPU';
    case 'wasm':
      return comparison.threads('WebAssembly', threads);
    case 'litert':
      return comparison.threads('LiteRT.js', threads);
    default:
      return provider satisfies never;
  }
}

/** Who needs clearly less. */
function lower(server: number | undefined, device: number | undefined): Backend | undefined {
  if (server === undefined || device === undefined) return undefined;
  if (Math.abs(server - device) <= CLEAR * Math.min(server, device)) return undefined;
  return server < device ? 'server' : 'device';
}

const rate =
  ({ format }: Words) =>
  (perS: number) =>
    format.number(perS, perS < 9.95 ? 1 : 0);

function figure(
  value: number | undefined,
  inWords: (value: number) => string,
  more?: string | 0,
): Figure | undefined {
  return value === undefined ? undefined : { text: inWords(value), more: more || undefined };
}

function answer({ comparison, format }: Words, { answerMs, answerP95Ms }: SideReading): Figure | undefined {
  return figure(answerMs, format.ms, answerP95Ms === undefined ? undefined : comparison.p95(answerP95Ms));
}

/** `4.7 times as fast`; undefined where it is not clearly the faster. */
function timesAsFast(
  { comparison }: Words,
  ownMs: number | undefined,
  otherMs: number | undefined,
): string | undefined {
  if (ownMs === undefined || otherMs === undefined || otherMs < ownMs * 1.5) return undefined;
  return comparison.timesAsFast(otherMs / ownMs);
}
