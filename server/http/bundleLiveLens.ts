/**
 * The script that brings `<live-lens>` to pages of others: one file, which needs nothing else of the server. For the build, and for
 * development, where each request gets it as the sources are now.
 * @throws Error where a source is wrong
 */
export async function bundleLiveLens(): Promise<Uint8Array<ArrayBuffer>> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: ['client/element/liveLens.ts'],
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
  return new Uint8Array(outputFiles[0]?.contents ?? []);
}
