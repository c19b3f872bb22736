import * as v from 'valibot';
import { messageOf } from '../../../protocol/errors.ts';
import type { SafeStorage } from '../../browser/storage.ts';
import { DeviceError, DeviceTimeout } from './deviceSession.ts';
import { type Remembered, rememberedFor } from './remembered.ts';

/** What came of trying WebGPU: whether it is used, and why or why not, for a reader. */
const Verdict = v.object({
  isChosen: v.boolean(),
  why: v.string(),
  /** How often in a row it took too long, which a busy machine may be to blame for. */
  timeouts: v.optional(v.number()),
});
export type Verdict = v.InferOutput<typeof Verdict>;

/** A GPU that hangs again and again is not tried any more. */
const MAX_TIMEOUTS = 3;

/** Whether WebGPU needs no trial. */
export const isSettled = (verdict: Verdict | undefined): verdict is Verdict =>
  verdict !== undefined && (verdict.timeouts === undefined || verdict.timeouts >= MAX_TIMEOUTS);

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

/**
 * The verdict of a failure to open with WebGPU; none where its files could not be fetched now.
 * @param before the verdict so far
 */
export function judgeFailure(error: unknown, before: Verdict | undefined): Verdict | undefined {
  if (error instanceof DeviceError && error.code === 'unreachable') return undefined;
  const verdict = { isChosen: false, why: `WebGPU: ${messageOf(error)}` };
  if (!(error instanceof DeviceTimeout)) return verdict;
  return { ...verdict, timeouts: 1 + (before?.timeouts ?? 0) };
}

export type Verdicts = Remembered<Verdict>;

/**
 * Verdicts of one version of a model in this very browser: another version, runtime or browser is tried again.
 * @param browser `entries`: where verdicts are stored; default: local storage
 */
export const verdictsOf = (
  model: { readonly id: string; readonly version: string },
  { runtimeUrl, userAgent, entries }: { runtimeUrl: string; userAgent: string; entries?: SafeStorage },
): Verdicts =>
  rememberedFor(
    { name: `webgpu.${model.id}`, key: `${model.version} ${runtimeUrl} ${userAgent}`, entries },
    Verdict,
  );
