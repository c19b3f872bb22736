import { createRequire } from 'node:module';

/** Name and version of the runtime's package, without loading it: what that takes is for workers. */
export function installedRuntime(): string {
  const require = createRequire(import.meta.url);
  const { name, version } = require('onnxruntime-node/package.json');
  return `${name} ${version}`;
}
