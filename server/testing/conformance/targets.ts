import type { RouterBehaviour } from '../platformRouter.ts';
import type { STARTED_BY } from './startCommand.ts';

/** A place where the server runs: what it is started with, and what stands in front. Times are those of the platform, ms. */
export interface Target {
  readonly name: string;
  /** What the log calls it; undefined where the server recognises nothing. */
  readonly platform: string | undefined;
  /** The file of `deploy/` whose command starts it. Default: the image's. */
  readonly startedBy?: keyof typeof STARTED_BY;
  /** What the platform puts in place of the command's arguments. */
  readonly args?: readonly string[];
  /** What the platform, or its file in `deploy/`, puts into the environment, the port aside. */
  readonly env: Readonly<Record<string, string>>;
  /** The variable that names the port. Default: PORT. */
  readonly portVariable?: string;
  /** Where it listens without a word of the operator, outside of the image. */
  readonly port?: number;
  readonly healthPaths: readonly string[];
  readonly predict: Predict;
  /** How frames reach it. Default: `/v1/stream`. */
  readonly stream?: 'sagemaker' | 'none';
  /** The folder that the platform makes for its models. Default: none, they are those of the image. */
  readonly models?: ModelsFolder;
  /** Before models are loaded, the platform connects this often, with this time between, and then starts the server again. */
  readonly tcpProbe?: { readonly tries: number; readonly everyMs: number };
  /** It asks a server to stop so, and kills it after this time. */
  readonly stop: { readonly signal: 'SIGTERM' | 'SIGINT'; readonly killMs: number };
  readonly front: Front;
}

/** How the platform asks for labels. */
export interface Predict {
  readonly path: string;
  /** A picture as the body, or JSON of instances. */
  readonly form: 'picture' | 'instances';
  /** What it asks for first: that a model is loaded from this folder, below that of `models`. */
  readonly loads?: { readonly name: string; readonly folder: string };
}

export interface ModelsFolder {
  /** The variable that names it. */
  readonly variable: string;
  /** The folder of models below what the variable names; empty for that itself. */
  readonly below: string;
}

/** What stands in front of the server. */
export type Front =
  /** A stand-in for the platform's router. */
  | ({
      readonly kind: 'router';
      /** Its idle connections to a server are kept for this long. */
      readonly keepAliveMs?: number;
      /** Whether the server learns the addresses of clients. */
      readonly tellsAddress: boolean;
    } & RouterBehaviour)
  /** A gateway that takes text of 32 KiB only. */
  | { readonly kind: 'text-gateway' }
  /** The real program, with the configuration of `deploy/`. */
  | { readonly kind: 'nginx' | 'caddy' };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const given = (headers: Readonly<Record<string, string>>) => headers['x-forwarded-for'];
const list = (...entries: (string | undefined)[]) => entries.filter(Boolean).join(', ');
/** Adds these to what the client sent as X-Forwarded-For. */
const adding =
  (...after: string[]): RouterBehaviour['headers'] =>
  (headers, client) => ({
    ...headers,
    'x-forwarded-for': list(given(headers), client, ...after),
    'x-forwarded-proto': 'https',
  });

const OURS = { healthPaths: ['/readyz'], predict: { path: '/v1/predict', form: 'picture' } } as const;
const TERM_30_S = { signal: 'SIGTERM', killMs: 30 * SECOND } as const;
const VERTEX = '/v1/endpoints/1/deployedModels/2';
/** What SageMaker lets through to a container in a row of real time. */
const SAGEMAKER_FRONT: Front = {
  kind: 'router',
  idleMs: 60 * SECOND,
  maxAgeMs: 30 * MINUTE,
  answerMs: 60 * SECOND,
  maxBodyBytes: 6 << 20,
  tellsAddress: false,
  // It strips all headers but its own; of the WebSocket itself those stay without which there is none.
  headers: (headers) =>
    Object.fromEntries(
      Object.entries(headers).filter(([name]) =>
        /^(host|connection|upgrade|sec-websocket-(key|version)|content-(type|length)|accept|transfer-encoding|x-amzn-sagemaker-.*)$/.test(
          name,
        ),
      ),
    ),
};

export const TARGETS: readonly Target[] = [
  {
    name: 'Heroku',
    platform: 'heroku',
    startedBy: 'heroku',
    env: { DYNO: 'web.1' },
    ...OURS,
    stop: TERM_30_S,
    front: {
      kind: 'router',
      idleMs: 55 * SECOND,
      keepAliveMs: 90 * SECOND,
      tellsAddress: true,
      headers: adding(),
    },
  },
  {
    name: 'Cloud Run, with its default timeout',
    platform: 'cloud-run',
    env: { K_SERVICE: 'lens', K_REVISION: 'lens-00001', K_CONFIGURATION: 'lens' },
    ...OURS,
    stop: { signal: 'SIGTERM', killMs: 10 * SECOND },
    front: {
      kind: 'router',
      maxAgeMs: 5 * MINUTE,
      keepAliveMs: 600 * SECOND,
      tellsAddress: true,
      headers: adding(),
    },
  },
  {
    name: 'KServe on Knative',
    platform: 'knative',
    env: { K_SERVICE: 'lens', KUBERNETES_SERVICE_HOST: '10.96.0.1' },
    ...OURS,
    stop: TERM_30_S,
    front: { kind: 'router', maxAgeMs: 5 * MINUTE, tellsAddress: false, headers: adding() },
  },
  {
    name: 'App Engine flexible',
    platform: 'app-engine',
    env: { GAE_INSTANCE: 'aef-default-1', GAE_SERVICE: 'default', GAE_VERSION: '1' },
    ...OURS,
    stop: TERM_30_S,
    front: {
      kind: 'router',
      maxAgeMs: 60 * MINUTE,
      keepAliveMs: 600 * SECOND,
      tellsAddress: true,
      headers: adding('169.254.1.1'),
    },
  },
  {
    name: 'Fly.io, with its default kill_timeout',
    platform: 'fly',
    env: { FLY_APP_NAME: 'lens', FLY_REGION: 'fra' },
    ...OURS,
    stop: { signal: 'SIGINT', killMs: 5 * SECOND },
    front: {
      kind: 'router',
      idleMs: 60 * SECOND,
      tellsAddress: true,
      headers: (headers, client) => ({
        ...headers,
        'fly-client-ip': client,
        'x-forwarded-for': list(given(headers), client, '66.241.124.1'),
      }),
    },
  },
  {
    name: 'Render',
    platform: 'render',
    env: { RENDER: 'true' },
    ...OURS,
    stop: TERM_30_S,
    front: { kind: 'router', tellsAddress: false, headers: adding('172.68.0.1') },
  },
  {
    name: 'Railway, with a draining time of 5 s',
    platform: 'railway',
    startedBy: 'railway',
    env: { RAILWAY_PROJECT_ID: 'a', RAILWAY_DEPLOYMENT_DRAINING_SECONDS: '5' },
    ...OURS,
    stop: { signal: 'SIGTERM', killMs: 5 * SECOND },
    front: {
      kind: 'router',
      tellsAddress: true,
      headers: (headers, client) => ({ ...headers, 'x-real-ip': client, 'x-forwarded-proto': 'https' }),
    },
  },
  {
    name: 'Azure App Service',
    platform: 'azure-app-service',
    env: { WEBSITE_SITE_NAME: 'lens', WEBSITE_HOSTNAME: 'lens.azurewebsites.net' },
    ...OURS,
    stop: { signal: 'SIGTERM', killMs: 5 * SECOND },
    front: {
      kind: 'router',
      idleMs: 230 * SECOND,
      tellsAddress: false,
      headers: (headers, client) => ({
        ...headers,
        'x-forwarded-for': list(given(headers), `${client}:50123`),
      }),
    },
  },
  {
    name: 'Elastic Beanstalk, behind its load balancer',
    platform: 'elastic-beanstalk',
    startedBy: 'elastic-beanstalk',
    env: { PLATFORM: 'elastic-beanstalk' },
    ...OURS,
    stop: { signal: 'SIGTERM', killMs: 10 * SECOND },
    front: {
      kind: 'router',
      idleMs: 60 * SECOND,
      keepAliveMs: 60 * SECOND,
      tellsAddress: true,
      headers: adding('10.0.3.4'),
    },
  },
  {
    name: 'Kubernetes, behind a gateway',
    platform: 'kubernetes',
    env: { KUBERNETES_SERVICE_HOST: '10.96.0.1', TRUST_PROXY: '1' },
    ...OURS,
    stop: TERM_30_S,
    front: { kind: 'router', idleMs: 60 * SECOND, tellsAddress: true, headers: adding() },
  },
  {
    name: 'a gateway that takes text only, as AWS API Gateway',
    platform: undefined,
    env: {},
    ...OURS,
    stop: TERM_30_S,
    front: { kind: 'text-gateway' },
  },
  {
    name: 'a service of systemd, behind nginx',
    platform: 'systemd',
    startedBy: 'systemd',
    env: { PLATFORM: 'systemd', TRUST_PROXY: 'nginx' },
    ...OURS,
    stop: { signal: 'SIGTERM', killMs: 90 * SECOND },
    front: { kind: 'nginx' },
  },
  {
    name: 'a service of systemd, behind Caddy',
    platform: 'systemd',
    startedBy: 'systemd',
    env: { PLATFORM: 'systemd', TRUST_PROXY: 'caddy' },
    ...OURS,
    stop: { signal: 'SIGTERM', killMs: 90 * SECOND },
    front: { kind: 'caddy' },
  },
  {
    name: 'SageMaker, in real time and by bidirectional streams',
    platform: 'sagemaker',
    args: ['serve'],
    env: {},
    portVariable: 'SAGEMAKER_BIND_TO_PORT',
    port: 8080,
    models: { variable: 'SAGEMAKER_BASE_DIR', below: 'model' },
    healthPaths: ['/ping'],
    predict: { path: '/invocations', form: 'picture' },
    stream: 'sagemaker',
    stop: TERM_30_S,
    front: SAGEMAKER_FRONT,
  },
  {
    name: 'SageMaker, an endpoint with many models',
    platform: 'sagemaker',
    args: ['serve'],
    env: { SAGEMAKER_MULTI_MODEL: 'true' },
    portVariable: 'SAGEMAKER_BIND_TO_PORT',
    port: 8080,
    models: { variable: 'SAGEMAKER_BASE_DIR', below: 'models' },
    healthPaths: ['/ping', '/models'],
    predict: {
      path: '/models/of-a-client/invoke',
      form: 'picture',
      loads: { name: 'of-a-client', folder: 'coco-ssd' },
    },
    stream: 'none',
    stop: TERM_30_S,
    front: SAGEMAKER_FRONT,
  },
  {
    name: 'Vertex AI, by a shared endpoint',
    platform: 'vertex',
    env: {
      AIP_HEALTH_ROUTE: VERTEX,
      AIP_PREDICT_ROUTE: `${VERTEX}:predict`,
      AIP_STORAGE_URI: '',
      AIP_MODE: 'PREDICTION',
    },
    portVariable: 'AIP_HTTP_PORT',
    port: 8080,
    tcpProbe: { tries: 4, everyMs: 10 * SECOND },
    healthPaths: [VERTEX, '/readyz'],
    predict: { path: `${VERTEX}:predict`, form: 'instances' },
    stream: 'none',
    stop: TERM_30_S,
    front: { kind: 'router', keepAliveMs: 600 * SECOND, maxBodyBytes: 1_500_000, tellsAddress: false },
  },
  {
    name: 'Azure ML, with its default of one request at a time',
    platform: 'azure-ml',
    env: {},
    port: 5001,
    models: { variable: 'AZUREML_MODEL_DIR', below: '' },
    healthPaths: ['/', '/healthz', '/readyz'],
    predict: { path: '/score', form: 'picture' },
    stream: 'none',
    stop: TERM_30_S,
    front: { kind: 'router', maxInFlight: 1, answerMs: 5 * SECOND, tellsAddress: false },
  },
];
