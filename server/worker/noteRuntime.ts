import type { RuntimeInfo } from '../inference/runtime.ts';
import type { Log } from '../telemetry/log.ts';

/** Once, and in words: it is slower, and nothing else tells why. */
export function noteRuntime(runtime: RuntimeInfo | undefined, log: Log): void {
  if (runtime?.note === undefined) return;
  log.warn(
    { runtime: runtime.name, why: runtime.note },
    'models run on WebAssembly, several times slower; see docs/accelerators.md',
  );
}
