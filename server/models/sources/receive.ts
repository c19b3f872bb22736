import { ImportError } from '../import/importError.ts';
import { receiveFiles } from './files.ts';
import { HUGGING_FACE, parseHuggingFace, receiveFromHuggingFace } from './huggingFace.ts';
import { createNetwork } from './network.ts';
import type { ReceiveOptions, SourceFiles } from './sourceFiles.ts';
import { receiveFromWeb } from './web.ts';

export interface SourceOptions extends ReceiveOptions {
  /** Files of this machine: only for the person who sits at it. */
  allowFiles: boolean;
  /** Addresses of this machine and of private networks: the same. */
  allowPrivate: boolean;
  /** HF_ENDPOINT and HF_TOKEN are read from it, as Hugging Face's own tools do. */
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Brings the files of what a person gives: a path, an https address, or `hf:owner/name[@revision][/path.onnx]`.
 * @throws ImportError
 */
export async function receiveSource(given: string, options: SourceOptions): Promise<SourceFiles> {
  const { env, allowFiles, allowPrivate } = options;
  const network = createNetwork({ allowPrivate });
  const name = parseHuggingFace(given);
  if (name) {
    const endpoint = (env.HF_ENDPOINT || HUGGING_FACE).replace(/\/+$/, '');
    if (!URL.canParse(endpoint)) {
      throw new ImportError('unknown_source', `HF_ENDPOINT is no address: an https address expected.`);
    }
    return receiveFromHuggingFace(name, network, { ...options, endpoint, token: env.HF_TOKEN || undefined });
  }
  if (given.startsWith('hf:')) {
    throw new ImportError('unknown_source', `hf:owner/name[@revision][/path.onnx] expected, got "${given}".`);
  }
  // A Windows path, C:\models\a.onnx, would parse as an address.
  if (/^[a-z][a-z0-9+.-]+:/i.test(given) && URL.canParse(given)) {
    return receiveFromWeb(new URL(given), network, options);
  }
  if (allowFiles) return receiveFiles(given, options);
  throw new ImportError(
    'unknown_source',
    'An https address or hf:owner/name expected. A file of your own is sent as the body of the request.',
  );
}
