import { loadLiteRtRuntime, openLiteRtModel } from '../litert/openLiteRtModel.ts';
import { serveModel } from './serveModel.ts';

// A worker of its own: what LiteRT.js needs is loaded only where that is used.
serveModel({ load: loadLiteRtRuntime, openModel: openLiteRtModel });
