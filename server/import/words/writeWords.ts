import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SingleGraphManifest } from '../../../vision/manifest.ts';
import type { Deployment } from '../deploy/deploy.ts';
import type { Inspection } from '../onnx/inspect.ts';
import type { LoadedWords } from './loadWords.ts';
import { WORDS_FILES, type WordsSettings } from './settings.ts';

/** Writes what a version needs to be made again with other words. @returns what its manifest says of that */
export async function writeWords(
  dir: string,
  { text, graph, tokenizer, tokenizerConfig }: LoadedWords,
  deployment: Deployment,
  { outputs }: Pick<Inspection, 'outputs'>,
): Promise<NonNullable<SingleGraphManifest['words']>> {
  const { image } = deployment;
  const settings: WordsSettings = {
    text,
    outputs: outputs.map((port) => ({ ...port, shape: [...port.shape] })),
    // Why it has its layout is for the report alone.
    deployment: { ...deployment, image: { ...image, layout: { ...image.layout, why: '' } } },
  };
  await mkdir(path.join(dir, 'words'), { recursive: true });
  const write = (file: keyof typeof WORDS_FILES, content: string | Uint8Array) =>
    writeFile(path.join(dir, WORDS_FILES[file]), content);
  await write('text', graph);
  await write('tokenizer', tokenizer);
  await write('tokenizerConfig', tokenizerConfig);
  await write('settings', `${JSON.stringify(settings)}\n`);
  return {
    text: { file: WORDS_FILES.text, sha256: createHash('sha256').update(graph).digest('hex') },
    tokenizer: WORDS_FILES.tokenizer,
    tokenizerConfig: WORDS_FILES.tokenizerConfig,
    settings: WORDS_FILES.settings,
  };
}
