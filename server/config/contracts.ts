import { existsSync } from 'node:fs';

type Env = Readonly<Record<string, string | undefined>>;

/** Contracts of platforms that run models, beside the API of this server. */
export const CONTRACT_NAMES = ['sagemaker', 'vertex', 'azureml', 'oip'] as const;
export type ContractName = (typeof CONTRACT_NAMES)[number];

/** Which contracts are answered, and how; undefined where one is not. */
export interface Contracts {
  /** Amazon SageMaker AI. */
  readonly sagemaker?: {
    /**
     * The platform loads and unloads models, without proof: nobody else reaches the container. Undefined: changes of models take
     * the proof that they take elsewhere.
     */
    readonly multiModel?:
      | { /** Models come from folders below this one. */ readonly root: string }
      | undefined;
  };
  /** Vertex AI: the paths that it asks for. */
  readonly vertex?: { readonly healthPath: string; readonly predictPath: string };
  /** Azure Machine Learning. */
  readonly azureml?: true;
  /** Open Inference Protocol 2 over REST: KServe, and clients of Triton and OpenVINO Model Server. */
  readonly oip?: true;
}

export interface ContractMode {
  readonly contracts: Contracts;
  /** The port of the platform; undefined without a contract. */
  readonly port: number | undefined;
  /** Where the platform puts the model that is to be served, where there is something. */
  readonly modelFolder: string | undefined;
}

export interface ContractOptions {
  readonly env: Env;
  /** That of the platform that the server runs on (`findPlatform`). */
  readonly recognised: ContractName | undefined;
  /** Default: whether there is such a file or folder. */
  exists?(path: string): boolean;
  /** CONTRACTS as an error names it. Default: as an environment variable. */
  settingName?: string;
}

const USUAL_PORT = 8080;
/** Of Azure's own inference server. */
const AZUREML_PORT = 5001;

/** Where AWS's own toolkit for such containers looks, too. */
const sageMakerBase = (env: Env): string => env.SAGEMAKER_BASE_DIR?.trim() || '/opt/ml';

/** Where the platform puts the model that is to be served; empty where it puts none. */
export function modelFolderOf(name: ContractName, env: Env): string {
  switch (name) {
    case 'sagemaker':
      // An endpoint with many models loads them one by one.
      return isMultiModel(env) ? '' : `${sageMakerBase(env)}/model`;
    case 'vertex':
      return '';
    case 'azureml':
      return env.AZUREML_MODEL_DIR ?? '';
    case 'oip':
      return '/mnt/models';
  }
}

const isMultiModel = (env: Env) => env.SAGEMAKER_MULTI_MODEL === 'true';

/**
 * Resolves CONTRACTS. Without a word of the operator the one is on by which the platform asks that the server runs on.
 * @param setting names with commas between them, `all`, `0`, or undefined
 * @throws Error that names the variable and what is expected
 */
export function contractMode(setting: string | undefined, options: ContractOptions): ContractMode {
  const { env, recognised, exists = existsSync } = options;
  const names =
    setting === undefined || setting.trim() === ''
      ? CONTRACT_NAMES.filter((name) => name === recognised)
      : namesIn(setting, options.settingName ?? 'Environment variable CONTRACTS');
  const isOn = (name: ContractName) => names.includes(name);
  if (isOn('vertex')) refuseStorage(env);
  const contracts: Contracts = {
    ...(isOn('sagemaker') && {
      sagemaker: { multiModel: isMultiModel(env) ? { root: `${sageMakerBase(env)}/models` } : undefined },
    }),
    ...(isOn('vertex') && {
      vertex: {
        healthPath: readPath('AIP_HEALTH_ROUTE', env, '/health'),
        predictPath: readPath('AIP_PREDICT_ROUTE', env, '/predict'),
      },
    }),
    ...(isOn('azureml') && { azureml: true as const }),
    ...(isOn('oip') && { oip: true as const }),
  };
  // The platform that the server runs on knows the port; others are switched on next to it.
  const first = CONTRACT_NAMES.find((name) => isOn(name) && name === recognised) ?? CONTRACT_NAMES.find(isOn);
  const folders = CONTRACT_NAMES.filter(isOn).map((name) => modelFolderOf(name, env));
  return {
    contracts,
    port: first && portOf(first, env),
    modelFolder: folders.find((folder) => folder !== '' && exists(folder)),
  };
}

function namesIn(setting: string, settingName: string): readonly ContractName[] {
  const text = setting.trim().toLowerCase();
  if (text === 'all') return CONTRACT_NAMES;
  if (text === '0') return [];
  return text.split(',').map((entry) => {
    const name = CONTRACT_NAMES.find((known) => known === entry.trim());
    if (name) return name;
    throw new Error(
      `${settingName}: ${CONTRACT_NAMES.join(', ')}, all or 0 expected, got "${entry.trim()}".`,
    );
  });
}

function portOf(name: ContractName, env: Env): number {
  switch (name) {
    case 'sagemaker':
      return readPort('SAGEMAKER_BIND_TO_PORT', env) ?? USUAL_PORT;
    case 'vertex':
      return readPort('AIP_HTTP_PORT', env) ?? USUAL_PORT;
    case 'azureml':
      return AZUREML_PORT;
    case 'oip':
      return USUAL_PORT;
  }
}

/** What would be served in place of the model that was uploaded is another one, which no one would notice. */
function refuseStorage({ AIP_STORAGE_URI, MODELS_DIR }: Env): void {
  const uri = AIP_STORAGE_URI?.trim() ?? '';
  if (uri === '' || MODELS_DIR?.trim()) return;
  throw new Error(
    `Environment variable AIP_STORAGE_URI: the model at ${uri} is not read, as this server has no access to Cloud Storage. ` +
      'Build an image with the folder of the model in models/, and upload it to Vertex AI without --artifact-uri. ' +
      'Or set MODELS_DIR to the folder of models in the image that is to be served.',
  );
}

function readPort(variable: string, env: Env): number | undefined {
  const text = env[variable]?.trim();
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65_536) return port;
  throw new Error(`Environment variable ${variable}: a port expected, got "${text}".`);
}

function readPath(variable: string, env: Env, usual: string): string {
  const path = env[variable]?.trim() || usual;
  if (/^\/[^\s?#]*$/.test(path)) return path;
  throw new Error(`Environment variable ${variable}: a path that begins with "/" expected, got "${path}".`);
}
