import { Hono } from 'hono';
import type { Contracts } from '../../config/contracts.ts';
import { createAzureMlRoutes } from './azureml.ts';
import type { ContractContext, Env } from './contractContext.ts';
import { createLoadedModels, type LoadedModelsOptions } from './loadedModels.ts';
import { createOipRoutes } from './oip.ts';
import { createSageMakerRoutes } from './sagemaker.ts';
import { createVertexRoutes } from './vertex.ts';

export interface ContractsOptions
  extends Omit<ContractContext, 'models'>,
    Omit<LoadedModelsOptions, 'root' | 'maxMemoryBytes' | 'maxModelBytes' | 'models'> {
  contracts: Contracts;
  models: ContractContext['models'] & LoadedModelsOptions['models'];
  /** What all models may take in one worker. */
  maxModelsMemoryBytes: number;
  maxModelBytes: number;
}

/** Where SageMaker opens the socket of a bidirectional stream. */
export const SAGEMAKER_STREAM_PATH = '/invocations-bidirectional-stream';

/** Paths by which platforms ask for health: they are answered when a server has all the connections that it takes. */
export const healthPathsOf = ({ sagemaker, vertex, oip }: Contracts): readonly string[] => [
  ...(sagemaker ? ['/ping'] : []),
  ...(vertex ? [vertex.healthPath] : []),
  ...(oip ? ['/v2/health/live', '/v2/health/ready'] : []),
];

/** Whether a request is for a contract that is on, where others than this server answer what is not ours. */
export function isContractPath(path: string, { sagemaker, vertex, azureml, oip }: Contracts): boolean {
  return (
    path === vertex?.healthPath ||
    path === vertex?.predictPath ||
    (sagemaker !== undefined && /^\/(ping|invocations|models(\/.*)?)$/.test(path)) ||
    (azureml !== undefined && path === '/score') ||
    (oip !== undefined && /^\/v2(\/|$)/.test(path))
  );
}

/** The routes of the contracts that are on. Paths that are none of theirs go on to the next. */
export function createContractRoutes(options: ContractsOptions): Hono<Env> {
  const { sagemaker, vertex, azureml, oip } = options.contracts;
  const parts: Hono<Env>[] = [];
  // First: its paths are given from outside, and may be any.
  if (vertex) parts.push(createVertexRoutes(options, vertex));
  if (sagemaker) {
    const { multiModel } = sagemaker;
    const loaded = createLoadedModels({
      ...options,
      maxMemoryBytes: options.maxModelsMemoryBytes,
      root: multiModel?.root,
    });
    parts.push(createSageMakerRoutes(options, { loaded, isMultiModel: multiModel !== undefined }));
  }
  if (azureml) parts.push(createAzureMlRoutes(options));
  if (oip) parts.push(createOipRoutes(options));
  const app = new Hono<Env>();
  for (const part of parts) app.route('/', part);
  return app;
}
