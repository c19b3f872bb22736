import { CHECKS, type CheckId, type Finding, type Status, statusOf } from './finding.ts';

/** All together. `blocked`: labels of a live camera are not to be had; `partly`: something is worse than it could be. */
export type Verdict = 'works' | 'partly' | 'blocked' | 'unknown';

/** Without one of these no picture gets a label, on the server or here. */
const PICTURES: readonly CheckId[] = ['pixels', 'encoding'];

/** @param findings those of a run that is over */
export function verdictOf(findings: ReadonlyMap<CheckId, Finding>): Verdict {
  const status = (id: CheckId): Status => {
    const finding = findings.get(id);
    return finding ? statusOf(finding) : 'unknown';
  };
  if (PICTURES.some((id) => status(id) === 'bad') || status('camera') === 'bad') return 'blocked';
  const deviceRuns =
    status('workers') !== 'bad' &&
    findings.get('wasm')?.code.startsWith('wasm') === true &&
    !['wasmOld', 'wasmMissing'].includes(findings.get('wasm')?.code ?? '');
  // Without the server the device may still give labels, once it has a model.
  if (status('server') === 'bad') return deviceRuns ? 'partly' : 'blocked';
  const all = CHECKS.map(status);
  if (all.includes('bad') || all.includes('limited')) return 'partly';
  return all.includes('unknown') ? 'unknown' : 'works';
}
