/**
 * The folder below the server's address (`serverUrl`) that has the files of onnxruntime-web: `ort.wasm.min.mjs`, `ort.webgpu.min.mjs`, and what these load. The
 * version is in the path, so that a browser may keep them for good; a test compares it with package.json.
 */
export const RUNTIME_URL = 'runtime/1.30.0/';

/** Of LiteRT.js, the second runtime. The same test compares it. */
export const LITERT_VERSION = '2.5.3';
/** The folder of its files, as `RUNTIME_URL`. */
export const LITERT_URL = `runtime/litert-${LITERT_VERSION}/`;
