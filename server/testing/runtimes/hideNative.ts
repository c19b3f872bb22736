import Module from 'node:module';

/** `node --import` this file: onnxruntime-node has no library for this system, as on a Mac with a processor of Intel. */
type Load = (this: unknown, request: string, ...others: unknown[]) => unknown;
const modules = Module as unknown as { _load: Load };
const load = modules._load;
modules._load = function (request, ...others) {
  if (!request.endsWith('onnxruntime_binding.node')) return load.call(this, request, ...others);
  const error = new Error(`Cannot find module '${request}'\nRequire stack: none`);
  throw Object.assign(error, { code: 'MODULE_NOT_FOUND' });
};
