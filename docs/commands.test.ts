import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ROOT, repositoryFiles } from './repositoryFiles.ts';

const BINARY = /\.(png|jpg|jpeg|webp|gif|onnx|zip|bin|h5|ico|woff2?)$/;

describe('commands in docs and texts', () => {
  it('run nothing that a stranger could put into the npm registry: the package is not published', async () => {
    // npx and npm exec download a package of that name where the folder has none.
    const claimable =
      /\b(npx|npm exec|npm i|npm install|npm create|pnpm dlx|yarn dlx|bunx)( -\S+)* livelens\b/;
    const files = (await repositoryFiles()).filter((file) => !BINARY.test(file));
    assert.ok(files.includes('README.md') && files.includes('server/cli/usage.ts'));
    for (const file of files) {
      const text = await readFile(path.join(ROOT, file), 'utf8');
      const found = claimable.exec(text);
      assert.equal(found, null, `${file}: "${found?.[0]}". Write "npm run models -- …".`);
    }
  });

  it('name the command as it works from a checkout', async () => {
    const { USAGE } = await import('../server/cli/usage.ts');
    const { config, serve, worker, ...models } = USAGE;
    for (const text of Object.values(models)) assert.match(text, /^npm run models -- /);
    for (const [name, text] of Object.entries({ config, serve, worker })) {
      assert.ok(text?.startsWith(`node bin/livelens.js ${name} `), name);
    }
    const { USAGE: ofTop } = await import('../server/cli/top/command.ts');
    assert.match(ofTop, /^npm run livelens -- top /);
    const { USAGE: ofDeploy } = await import('../server/cli/deploy/command.ts');
    assert.match(ofDeploy, /^npm run livelens -- deploy /);
    const { USAGE: ofThings } = await import('../server/cli/things/command.ts');
    assert.match(ofThings, /^npm run livelens -- things /);
    // What the export script says last.
    assert.match(
      await readFile(path.join(ROOT, 'models/export/export.py'), 'utf8'),
      /say\(f" {4}npm run models -- add /,
    );
  });
});
