import { loadOnnxRuntime, openModel } from './openModel.ts';
import { serveModel } from './serveModel.ts';

serveModel({ load: loadOnnxRuntime, openModel });
