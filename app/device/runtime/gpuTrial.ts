import * as v from 'valibot';
import { messageOf } from '../../../protocol/errors.ts';
import { storageName } from '../../browser/storageName.ts';
import { DeviceError } from './deviceSession.ts';

/** What came of trying WebGPU: whether it is used, and why or why not, for a reader. */
const Verdict = v.object({ isChosen: v.boolean(), why: v.string() });
export type Verdict = v.InferOutput<typeof Verdict>;

const Kept = v.object({ ...Verdict.entries, key: v.string() });

/** WebGPU must be faster by a tenth: what is as good as equal is not worth a runtime of twice the size. */
const NEEDED_GAIN = 0.9;

/**
 * Compares the medians of both, ms.
 * @param proven whether the goldens hold with WebGPU
 */
export function judge(proven: boolean, gpuMs: number, wasmMs: number): Verdict {
  if (!proven) return { isChosen: false, why: 'WebGPU: goldens differ' };
  const why = `WebGPU ${Math.round(gpuMs)} ms, wasm ${Math.round(wasmMs)} ms`;
  return { isChosen: gpuMs < NEEDED_GAIN * wasmMs, why };
}

/** What a failure to open with WebGPU says of the next time; nothing where files of it were not to be had now. */
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
 * Verdicts of one version of a model in this very browser: another version, runtime or browser is tried anew.
 * @param browser `storage` throws where it is blocked or full; then a verdict lasts as long as the page
 */
export function verdictsOf(
  model: { readonly id: string; readonly version: string },
  {
    runtimeUrl,
    userAgent,
    storage,
  }: { runtimeUrl: string; userAgent: string; storage: () => Pick<Storage, 'getItem' | 'setItem'> },
): Verdicts {
  const name = storageName(`livelens.webgpu.${model.id}`);
  const key = `${model.version} ${runtimeUrl} ${userAgent}`;
  return {
    read() {
      try {
        const kept = v.parse(Kept, JSON.parse(storage().getItem(name) ?? ''));
        return kept.key === key ? { isChosen: kept.isChosen, why: kept.why } : undefined;
      } catch {
        return undefined;
      }
    },
    write(verdict) {
      try {
        storage().setItem(name, JSON.stringify({ ...verdict, key }));
      } catch {
        // It is tried again on the next visit.
      }
    },
  };
}
