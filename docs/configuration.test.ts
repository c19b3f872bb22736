import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { configurationPage } from '../scripts/configurationPage.ts';
import { Environment } from '../server/config/environment.ts';
import { ROOT, repositoryFiles } from './repositoryFiles.ts';

const read = (file: string) => readFile(`${ROOT}/${file}`, 'utf8');

describe('docs/configuration.md', () => {
  it('says what the schema says: run "npm run docs" after a change', async () => {
    assert.equal(await read('docs/configuration.md'), configurationPage());
  });

  it('has every variable that the server and npm start read by name', async () => {
    const ofTheSystem = new Set([
      ...['NODE_ENV', 'CI', 'DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME', 'INIT_CWD', 'HOME', 'APPDATA'],
      ...['XDG_CONFIG_HOME', 'SSH_CONNECTION', 'SSH_TTY', 'NO_COLOR', 'TERM', 'KUBERNETES_SERVICE_HOST'],
      // OpenTelemetry's own, which docs/operating.md links.
      ...['OTEL_SDK_DISABLED', 'OTEL_TRACES_EXPORTER'],
      // Of Vulkan's loader.
      ...['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'],
      'PATH',
    ]);
    const contracts = await read('docs/contracts.md');
    const ofPlatforms = (name: string) => /^(AIP|AZUREML|SAGEMAKER)_/.test(name) && contracts.includes(name);
    const sources = (await repositoryFiles('server')).concat('scripts/start.ts', 'scripts/openPage.ts');
    for (const file of sources.filter(
      (name) => /\.ts$/.test(name) && !/\.test\.ts$|\/testing\//.test(name),
    )) {
      for (const [, name = ''] of (await read(file)).matchAll(/\benv\.([A-Z][A-Z_]+)/g)) {
        assert.ok(
          name in Environment.entries || ofTheSystem.has(name) || ofPlatforms(name),
          `${file} reads ${name}, which server/config/environment.ts does not describe.`,
        );
      }
    }
  });
});
