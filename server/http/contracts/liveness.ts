import type { IncomingMessage } from 'node:http';
import type { Contracts } from '../../config/contracts.ts';

/** Where a platform asks whether this process runs, ready or not, and what it expects. */
export const OIP_LIVE = { path: '/v2/health/live', answer: { live: true } } as const;
export const AZUREML_LIVE = { path: '/', answer: 'Healthy' } as const;

/** A browser, which gets the page at AZUREML_LIVE.path. */
export const wantsPage = (accept: string | undefined): boolean => accept?.includes('text/html') ?? false;

/**
 * What a platform hears from a process that cannot start yet: it would end one that is not alive, and start it again and again. Undefined
 * where it asks for something else; of Amazon SageMaker AI and Vertex AI, that is readiness alone.
 */
export function livenessAnswer(
  { url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  { azureml, oip }: Contracts,
): object | string | undefined {
  const [path] = url.split('?');
  if (oip && path === OIP_LIVE.path) return OIP_LIVE.answer;
  return azureml && path === AZUREML_LIVE.path && !wantsPage(headers.accept)
    ? AZUREML_LIVE.answer
    : undefined;
}
