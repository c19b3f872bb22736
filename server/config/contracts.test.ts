import assert from 'node:assert/strict';
import test from 'node:test';
import { readConfig } from './config.ts';
import { contractMode } from './contracts.ts';
import { findPlatform } from './platform.ts';
import { resolveSettings } from './settings.ts';

type Given = { env?: Record<string, string>; args?: string[]; folders?: string[] };

const mode = ({ env = {}, args = [], folders = [] }: Given = {}, setting?: string) => {
  const exists = (path: string) => folders.includes(path);
  return contractMode(setting, { env, exists, recognised: findPlatform({ env, args, exists })?.contract });
};

test('a plain server follows no contract', () => {
  assert.deepEqual(mode(), { contracts: {}, port: undefined, modelFolder: undefined });
});

test('each platform is recognised by what it sets, with its port and its folder', () => {
  const sagemaker = { sagemaker: { multiModel: undefined } };
  assert.deepEqual(mode({ args: ['serve'] }), { contracts: sagemaker, port: 8080, modelFolder: undefined });
  assert.deepEqual(mode({ folders: ['/opt/ml/model'] }), {
    contracts: sagemaker,
    port: 8080,
    modelFolder: '/opt/ml/model',
  });
  assert.equal(mode({ args: ['serve'], env: { SAGEMAKER_BIND_TO_PORT: '7777' } }).port, 7777);
  const many = mode({ args: ['serve'], env: { SAGEMAKER_MULTI_MODEL: 'true' }, folders: ['/opt/ml/model'] });
  assert.deepEqual(many.contracts.sagemaker, { multiModel: { root: '/opt/ml/models' } });
  assert.equal(many.modelFolder, undefined);
  const elsewhere = { SAGEMAKER_BASE_DIR: '/data/ml' };
  assert.equal(mode({ env: elsewhere, folders: ['/data/ml/model'] }).modelFolder, '/data/ml/model');
  const manyThere = mode({ env: { ...elsewhere, SAGEMAKER_MULTI_MODEL: 'true' } });
  assert.deepEqual(manyThere.contracts.sagemaker, { multiModel: { root: '/data/ml/models' } });
  const vertex = {
    AIP_HTTP_PORT: '8501',
    AIP_HEALTH_ROUTE: '/v1/endpoints/3/deployedModels/5',
    AIP_PREDICT_ROUTE: '/v1/endpoints/3/deployedModels/5:predict',
  };
  assert.deepEqual(mode({ env: vertex }), {
    contracts: {
      vertex: { healthPath: vertex.AIP_HEALTH_ROUTE, predictPath: vertex.AIP_PREDICT_ROUTE },
    },
    port: 8501,
    modelFolder: undefined,
  });
  const azure = '/var/azureml-app/azureml-models/m/1';
  assert.deepEqual(mode({ env: { AZUREML_MODEL_DIR: azure }, folders: [azure] }), {
    contracts: { azureml: true },
    port: 5001,
    modelFolder: azure,
  });
  assert.deepEqual(mode({ folders: ['/mnt/models'] }), {
    contracts: { oip: true },
    port: 8080,
    modelFolder: '/mnt/models',
  });
});

test('CONTRACTS has the last word, and the platform that the server runs on that of the port', () => {
  const names = (setting: string, env = {}) => Object.keys(mode({ env }, setting).contracts);
  assert.deepEqual(names('all'), ['sagemaker', 'vertex', 'azureml', 'oip']);
  assert.deepEqual(names(' OIP , vertex '), ['vertex', 'oip']);
  assert.deepEqual(names('0', { AIP_HTTP_PORT: '8080' }), []);
  assert.deepEqual(names('', { AIP_HTTP_PORT: '8080' }), ['vertex']);
  assert.equal(mode({ env: { AZUREML_MODEL_DIR: '/m' } }, 'all').port, 5001);
  assert.deepEqual(mode({}, 'vertex').contracts.vertex, { healthPath: '/health', predictPath: '/predict' });
});

test('what a platform could not mean is said with its variable', () => {
  assert.throws(() => mode({}, 'sagemaker,kserve'), /CONTRACTS: .*got "kserve"/);
  assert.throws(() => mode({ env: { AIP_HTTP_PORT: 'http' } }), /AIP_HTTP_PORT: a port expected/);
  assert.throws(() => mode({ env: { AIP_PREDICT_ROUTE: 'predict' } }), /AIP_PREDICT_ROUTE: a path/);
});

test('a model in Cloud Storage stops the start, with what to do, unless MODELS_DIR says what to serve', () => {
  const env = { AIP_HTTP_PORT: '8080', AIP_STORAGE_URI: 'gs://bucket/model' };
  assert.throws(() => mode({ env }), /AIP_STORAGE_URI: .*gs:\/\/bucket\/model.*--artifact-uri.*MODELS_DIR/);
  assert.ok(mode({ env: { ...env, MODELS_DIR: 'models' } }).contracts.vertex);
  // What Vertex AI sets where no model was uploaded.
  assert.ok(mode({ env: { ...env, AIP_STORAGE_URI: '' } }).contracts.vertex);
  assert.deepEqual(mode({ env }, 'oip').contracts, { oip: true });
});

test('PORT and MODELS_DIR go before what a platform says', () => {
  const read = (env: Record<string, string>, args: string[] = []) =>
    readConfig(env, { root: '/x', settings: resolveSettings({ env, args }) });
  assert.equal(read({}).port, 3000);
  assert.equal(read({}, ['serve']).port, 8080);
  assert.equal(read({ PORT: '9000' }, ['serve']).port, 9000);
  const here = { AZUREML_MODEL_DIR: process.cwd() };
  assert.equal(read(here).modelFolder, process.cwd());
  assert.equal(read({ ...here, MODELS_DIR: 'mine' }).modelFolder, undefined);
});
