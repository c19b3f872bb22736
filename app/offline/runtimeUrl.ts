/**
 * The folder below the server's address (`serverUrl`) that has the files of onnxruntime-web: `ort.wasm.min.mjs`, `ort.webgpu.min.mjs`, and what these load. The
 * version is in the path, so that a browser may keep them for good; a test compares it with package.json.
 */
export const RUNTIME_URL = 'runtime/1.30.0/';
