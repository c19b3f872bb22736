import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Page } from 'playwright';
import { SECURITY_HEADERS } from '../../server/http/securityHeaders.ts';
import { readModelFolder } from '../../server/library/modelFolder.ts';
import type { ContentFile, DeviceModel } from '../../vision/deviceModel.ts';
import { openBlankOrigin } from '../harness/blankOrigin.ts';
import { ROOT } from '../harness/root.ts';

export interface WorkbenchOptions {
  /** Of the server, without a path. */
  url: string;
  /** Where the server has its models, and which of them are used. */
  modelsDir?: string;
  models?: readonly string[];
  /** Models that lie in no folder. */
  given?: readonly GivenModel[];
  /** A file that the bundles have instead of vision/tasks/tasks.ts. */
  tasks?: string;
  /** A file that they have instead of app/device/litert/liteRtGraph.ts. */
  liteRtGraph?: string;
}

interface GivenModel {
  readonly model: Record<string, unknown> & { readonly manifest: { readonly id: string } };
  /** By their hashes. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Bundles another file, which may import the one that it replaces. */
const replacing = (original: string, other: string | undefined): Plugin => ({
  name: original,
  setup(build) {
    if (other === undefined) return;
    build.onResolve({ filter: /\.ts$/ }, ({ path: name, importer, resolveDir }) => {
      const isOriginal = path.resolve(resolveDir, name) === path.join(ROOT, original);
      return isOriginal && importer !== other ? { path: other } : undefined;
    });
  },
});

/**
 * Opens a bare page of the server with the parts of the product that page.ts names, bundled from the sources:
 * for tests of what has no place on the screen.
 */
export async function openWorkbench(
  page: Page,
  {
    url,
    modelsDir = path.join(ROOT, 'models'),
    models = ['coco-ssd'],
    given = [],
    ...others
  }: WorkbenchOptions,
): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: {
      page: path.join(ROOT, 'e2e/workbench/page.ts'),
      // Where `new Worker(new URL('./…', import.meta.url))` of the bundle looks for them.
      'session.worker': path.join(ROOT, 'app/device/runtime/session.worker.ts'),
      'liteRt.worker': path.join(ROOT, 'app/device/runtime/liteRt.worker.ts'),
      'download.worker': path.join(ROOT, 'app/device/library/download.worker.ts'),
      'encode.worker': path.join(ROOT, 'app/capture/encode.worker.ts'),
    },
    outdir: '/workbench',
    plugins: [
      replacing('vision/tasks/tasks.ts', others.tasks),
      replacing('app/device/litert/liteRtGraph.ts', others.liteRtGraph),
    ],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'warning',
  });
  const served = new Map<string, { body: string | Buffer; contentType: string }>();
  for (const { path: file, text } of outputFiles) {
    const name = path.basename(file).replace('.worker.js', '.worker.ts');
    served.set(`/workbench/${name}`, { body: text, contentType: 'text/javascript' });
  }
  const folders = await Promise.all(models.map((id) => deviceModel(path.join(modelsDir, id))));
  for (const { model, files } of [...folders, ...given]) {
    const body = JSON.stringify(model);
    served.set(`/workbench/models/${model.manifest.id}.json`, { body, contentType: 'application/json' });
    for (const [sha256, bytes] of files) {
      served.set(`/workbench/files/${sha256}`, { body: bytes, contentType: 'application/octet-stream' });
    }
  }
  for (const name of ['cat.png', 'cup.png', 'astronaut.png', 'rocket.jpg']) {
    const body = await readFile(path.join(ROOT, 'e2e/media', name));
    served.set(`/workbench/media/${name}`, { body, contentType: 'image/*' });
  }
  await page.route('**/workbench/**', (route) => {
    const found = served.get(new URL(route.request().url()).pathname);
    return route.fulfill({ status: found ? 200 : 404, headers: SECURITY_HEADERS, ...found });
  });
  // What a route answers counts as of no network: a page of it may open no socket to this machine.
  await openBlankOrigin(page, url);
  await layOut(page);
}

/** As a person's next visit: what the browser keeps is there, and nothing else. */
export async function reopenWorkbench(page: Page): Promise<void> {
  await page.reload();
  await layOut(page);
}

async function layOut(page: Page): Promise<void> {
  await page.addScriptTag({ type: 'module', url: '/workbench/page.js' });
  await page.waitForFunction(() => window.workbench !== undefined);
}

async function deviceModel(dir: string): Promise<{ model: DeviceModel; files: Map<string, Buffer> }> {
  const folder = await readModelFolder(dir);
  const files = new Map<string, Buffer>();
  const add = async (file: string) => {
    const bytes = await readFile(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    files.set(sha256, bytes);
    return { sha256, bytes: bytes.byteLength };
  };
  const goldens = await Promise.all(
    folder.manifest.goldens.map(async ({ image, expected }) => ({
      image: await add(path.join(folder.dir, image)),
      expected: JSON.parse(await readFile(path.join(folder.dir, expected), 'utf8')),
    })),
  );
  const { manifest, version, labels, graphFiles } = folder;
  const graphs: Record<string, ContentFile> = {};
  for (const [name, file] of Object.entries(graphFiles)) graphs[name] = await add(file);
  const content = manifest.schema === 1 ? { graph: graphs.main } : { graphs };
  return { model: { manifest, version, labels: [...labels], ...content, goldens }, files };
}
