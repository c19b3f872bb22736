/**
 * Where the server may run, in the order in which they are looked for: several are built on Kubernetes, and show its
 * variables as well.
 */
export const PLATFORM_NAMES = [
  'sagemaker',
  'vertex',
  'azure-ml',
  'kserve',
  'heroku',
  'knative',
  'cloud-run',
  'app-engine',
  'fly',
  'render',
  'railway',
  'azure-app-service',
  'elastic-beanstalk',
  'kubernetes',
  'systemd',
] as const;

export type PlatformName = (typeof PLATFORM_NAMES)[number];
