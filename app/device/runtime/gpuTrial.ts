import * as v from 'valibot';
import { messageOf } from '../../../protocol/errors.ts';
import { localEntries, type SafeStorage } from '../../browser/storage.ts';
import { DeviceError } from './deviceSession.ts';

/** What came of trying WebGPU: whether it is used, and why or why not, for a reader. */
const Verdict = v.object({ isChosen: v.boolean(), why: v.string() });
export type Verdict = v.InferOutput<typeof Verdict>;

const Kept = v.object({ ...Verdict.entries, key: v.string() });

/** WebGPU must be faster by a tenth: what is as good as equal is not worth a runtime of twice the size. */
const NEEDED_GAIN = 0.9;

/**
 * Compares the medians of both, ms.
 * @param proven whether the goldens pass with WebGPU
 */
export function judge(proven: boolean, gpuMs: number, wasmMs: number): Verdict {
  if (!proven) return { isChosen: false, why: 'WebGPU: goldens differ' };
  const why = `WebGPU ${Math.round(gpuMs)} ms, wasm ${Math.round(wasmMs)} ms`;
  return { isChosen: gpuMs < NEEDED_GAIN * wasmMs, why };
}

/** The verdict of a failure to open with WebGPU; none where its files could not be fetched now. */
export function judgeFailure(error: unknown): Verdict | undefined {
  if (error instanceof DeviceError && error.code === 'unreachable') return undefined;
  return { isChosen: false, why: `WebGPU: ${messageOf(error)}` };
}

/** Keeps verdicts from visit to visit, one for each model. */
export interface Verdicts {
  read(): Verdict | undefined;
  write(verdict: Verdict): void;
}

/**
 * Verdicts of one version of a model in this very browser: another version, runtime or browser is tried again.
 * @param browser `entries`: where verdicts are stored; default: local storage
 */
export function verdictsOf(
  model: { readonly id: string; readonly version: string },
  {
    runtimeUrl,
    userAgent,
    entries = localEntries,
  }: { runtimeUrl: string; userAgent: string; entries?: SafeStorage },
): Verdicts {
  const name = `webgpu.${model.id}`;
  const key = `${model.version} ${runtimeUrl} ${userAgent}`;
  return {
    read() {
      try {
        const kept = v.parse(Kept, JSON.parse(entries.read(name) ?? ''));
        return kept.key === key ? { isChosen: kept.isChosen, why: kept.why } : undefined;
      } catch {
        return undefined;
      }
    },
    write(verdict) {
      entries.write(name, JSON.stringify({ ...verdict, key }));
    },
  };
}
