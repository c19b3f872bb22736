import type { Certificate } from '../runtime/certificate.ts';
import type { ProviderReport } from '../runtime/deviceSession.ts';
import { asDeviceError, DeviceError } from '../runtime/deviceSession.ts';
import type { DevicePhase } from './deviceState.ts';

/** The goldens do not agree in this browser: the version is not used. */
export class UnprovenError extends DeviceError {
  constructor(
    readonly certificate: Certificate,
    readonly provider: ProviderReport,
  ) {
    const problems = [...certificate.withRecord.problems, ...(certificate.withServer?.problems ?? [])];
    super('failed', `Unproven: ${problems[0] ?? 'its answers in this browser are not those recorded.'}`);
  }
}

/** The phase that stands for a failure. */
export function phaseOf(error: unknown): DevicePhase {
  const why = asDeviceError(error);
  if (why instanceof UnprovenError) return { kind: 'unproven', why: why.message };
  return { kind: 'failed', code: why.code, why: why.message };
}
