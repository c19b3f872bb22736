import type { GenericSchema } from 'valibot';
import type { PlatformName } from '../../config/platformNames.ts';
import type { Format } from './parse.ts';
import * as s from './schemas.ts';

/** A file of deploy/NAME. */
interface TargetFile {
  path: string;
  format: Format;
  /** Of each of its documents. */
  schema?: GenericSchema;
}

export interface Target {
  title: string;
  files: readonly TargetFile[];
  /** Programs that its README runs on this machine; of those in one text any does. */
  tools: readonly string[];
  /** Whether what is deployed is built on this machine, and not by a Dockerfile. */
  isBuiltHere?: true;
  /** What the server recognises there (docs/platforms.md). */
  platform?: PlatformName;
  /** From the signal to the kill where no file says it, seconds. */
  stopSeconds: number;
}

/** Where there is a folder in deploy/, and what belongs to it. */
export const TARGETS = {
  vps: {
    title: 'a server of your own: EC2, GCE, Azure VM, Lightsail, DigitalOcean, Linode',
    files: [
      { path: 'livelens.service', format: 'unit', schema: s.Unit },
      { path: 'Caddyfile', format: 'proxy' },
      { path: 'cloud-init.yaml', format: 'yaml', schema: s.CloudInit },
      { path: 'install.sh', format: 'text' },
    ],
    tools: ['ssh'],
    isBuiltHere: true,
    platform: 'systemd',
    stopSeconds: 90,
  },
  nginx: {
    title: 'nginx in front, on a server of your own',
    files: [{ path: 'livelens.conf', format: 'proxy' }],
    tools: ['ssh'],
    platform: 'systemd',
    stopSeconds: 90,
  },
  docker: {
    title: 'an image, for all that run one',
    files: [
      { path: 'Dockerfile', format: 'dockerfile' },
      { path: 'Dockerfile.dockerignore', format: 'text' },
    ],
    tools: ['docker podman'],
    stopSeconds: 10,
  },
  compose: {
    title: 'Docker Compose with Caddy',
    files: [
      { path: 'compose.yaml', format: 'yaml', schema: s.Compose },
      { path: 'Caddyfile', format: 'proxy' },
      { path: 'many-machines.yaml', format: 'yaml', schema: s.Compose },
      { path: 'many-machines.Caddyfile', format: 'proxy' },
      { path: 'nats.conf', format: 'text' },
      { path: '.env.example', format: 'variables' },
    ],
    tools: ['docker'],
    stopSeconds: 10,
  },
  kubernetes: {
    title: 'Kubernetes, with the Gateway API',
    files: [
      'kustomization',
      'deployment',
      'service',
      'httproute',
      'hpa',
      'pdb',
      'networkpolicy',
      'secret.example',
    ].map((name) => ({ path: `${name}.yaml`, format: 'yaml', schema: s.Manifest }) as const),
    tools: ['docker podman', 'kubectl'],
    platform: 'kubernetes',
    stopSeconds: 30,
  },
  'kubernetes/scaled': {
    title: 'Kubernetes, with workers of their own: NATS, KEDA',
    files: [
      ...[
        'kustomization',
        'gateway',
        'worker',
        'service',
        'httproute',
        'gateway-hpa',
        'worker-scaledobject',
        'pdb',
        'networkpolicy',
        'secret.example',
      ].map((name) => ({ path: `${name}.yaml`, format: 'yaml', schema: s.Manifest }) as const),
      { path: 'nats-values.yaml', format: 'yaml', schema: s.NatsValues },
    ],
    tools: ['docker podman', 'kubectl', 'helm'],
    platform: 'kubernetes',
    stopSeconds: 30,
  },
  heroku: {
    title: 'Heroku',
    files: [
      { path: 'Procfile', format: 'procfile' },
      { path: 'app.json', format: 'json', schema: s.Heroku },
    ],
    tools: ['heroku', 'docker'],
    platform: 'heroku',
    stopSeconds: 30,
  },
  'cloud-run': {
    title: 'Google Cloud Run',
    files: [{ path: 'service.yaml', format: 'yaml', schema: s.CloudRun }],
    tools: ['gcloud', 'docker podman'],
    platform: 'cloud-run',
    stopSeconds: 10,
  },
  'app-engine': {
    title: 'Google App Engine, flexible environment',
    files: [{ path: 'app.yaml', format: 'yaml', schema: s.AppEngine }],
    tools: ['gcloud', 'docker podman'],
    platform: 'app-engine',
    stopSeconds: 30,
  },
  fly: {
    title: 'Fly.io',
    files: [{ path: 'fly.toml', format: 'toml', schema: s.Fly }],
    tools: ['fly flyctl'],
    platform: 'fly',
    stopSeconds: 5,
  },
  render: {
    title: 'Render',
    files: [{ path: 'render.yaml', format: 'yaml', schema: s.Render }],
    tools: ['git'],
    platform: 'render',
    stopSeconds: 30,
  },
  railway: {
    title: 'Railway',
    files: [{ path: 'railway.json', format: 'json', schema: s.Railway }],
    tools: ['git'],
    platform: 'railway',
    stopSeconds: 0,
  },
  'app-service': {
    title: 'Azure App Service',
    files: [{ path: 'main.bicep', format: 'bicep', schema: s.AppService }],
    tools: ['az', 'docker podman'],
    platform: 'azure-app-service',
    stopSeconds: 5,
  },
  'elastic-beanstalk': {
    title: 'AWS Elastic Beanstalk',
    files: [
      { path: 'Procfile', format: 'procfile' },
      { path: '.ebextensions/livelens.config', format: 'yaml', schema: s.Beanstalk },
      { path: '.platform/nginx/conf.d/elasticbeanstalk/livelens.conf', format: 'proxy' },
    ],
    tools: ['eb', 'zip'],
    isBuiltHere: true,
    platform: 'elastic-beanstalk',
    stopSeconds: 90,
  },
  sagemaker: {
    title: 'Amazon SageMaker: real time, bidirectional streaming, multi-model',
    files: [
      { path: 'create-model.json', format: 'json', schema: s.SageMakerModel },
      { path: 'create-model-multi.json', format: 'json', schema: s.SageMakerModel },
      { path: 'create-endpoint-config.json', format: 'json', schema: s.SageMakerConfig },
      { path: 'create-endpoint.json', format: 'json', schema: s.SageMakerEndpoint },
    ],
    tools: ['aws', 'docker'],
    platform: 'sagemaker',
    stopSeconds: 30,
  },
  vertex: {
    title: 'Google Vertex AI',
    files: [
      { path: 'model.yaml', format: 'yaml', schema: s.VertexModel },
      { path: 'endpoint.yaml', format: 'yaml', schema: s.VertexEndpoint },
    ],
    tools: ['gcloud', 'docker podman'],
    platform: 'vertex',
    stopSeconds: 10,
  },
  'azure-ml': {
    title: 'Azure Machine Learning',
    files: [
      { path: 'endpoint.yaml', format: 'yaml', schema: s.AzureEndpoint },
      { path: 'deployment.yaml', format: 'yaml', schema: s.AzureDeployment },
    ],
    tools: ['az', 'docker podman'],
    platform: 'azure-ml',
    stopSeconds: 30,
  },
  kserve: {
    title: 'KServe, by the Open Inference Protocol v2',
    files: [
      { path: 'inference-service.yaml', format: 'yaml', schema: s.Manifest },
      { path: 'serving-runtime.yaml', format: 'yaml', schema: s.Manifest },
    ],
    tools: ['kubectl', 'docker podman'],
    platform: 'knative',
    stopSeconds: 30,
  },
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof TARGETS;

export const isTarget = (name: string): name is TargetName => Object.hasOwn(TARGETS, name);
