import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { ImportError } from '../importError.ts';
import { receiveFiles } from './files.ts';
import { type Hub, parseHuggingFace, receiveFromHuggingFace } from './huggingFace.ts';
import { createNetwork } from './network.ts';
import type { ReceiveOptions } from './receiveOptions.ts';
import type { SourceFiles } from './sourceFiles.ts';
import { receiveFromWeb } from './web.ts';

export interface SourceOptions extends ReceiveOptions {
  /** Files of this machine: only for the person who sits at it. */
  allowFiles: boolean;
  /** Addresses of this machine and of private networks: the same. */
  allowPrivate: boolean;
  hub: Hub;
}

/** Whether it is no path of this machine. A Windows path, C:\\models\\a.onnx, resembles an address at first. */
export const isRemoteSource = (given: string): boolean =>
  /^hf:/i.test(given) || (/^[a-z][a-z0-9+.-]+:\/\//i.test(given) && URL.canParse(given));

/**
 * Brings the files of what a person gives: a path, an https address, or `hf:owner/name[@revision][/path.onnx]`.
 * @throws ImportError
 */
export async function receiveSource(given: string, options: SourceOptions): Promise<SourceFiles> {
  const { allowFiles, allowPrivate } = options;
  const name = parseHuggingFace(given);
  if (name) {
    const network = createNetwork({ allowPrivate, trustedOrigin: new URL(options.hub.endpoint).origin });
    return receiveFromHuggingFace(name, network, options);
  }
  if (given.startsWith('hf:')) {
    throw new ImportError('unknown_source', aboutSource('hub_form', { given }));
  }
  if (isRemoteSource(given)) {
    return receiveFromWeb(new URL(given), createNetwork({ allowPrivate }), options);
  }
  if (allowFiles) return receiveFiles(given, options);
  throw new ImportError('unknown_source', aboutSource('source_form'));
}
