import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { type ImportContext, type Imported, importModel } from '../run/importModel.ts';
import { temporaryFolder } from './modelsForTests.ts';

/** For tests, which are not about what models cost. */
export const NO_COST = async () => ({ loadMs: 0, inferMs: 0, memoryBytes: 0 });

/** For tests: imports a model from its bytes, in this process and without measuring what it costs. */
export async function importBytes(
  t: { after(done: () => Promise<void>): void },
  bytes: Uint8Array,
  options: ImportOptions = {},
  {
    files = {},
    samples,
  }: { files?: Record<string, string | Uint8Array>; samples?: ImportContext['samples'] } = {},
): Promise<Imported & { stagingDir: string }> {
  const dir = await temporaryFolder(t);
  await writeFile(path.join(dir, 'model.onnx'), bytes);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), content);
  }
  const stagingDir = path.join(dir, 'staging');
  const imported = await importModel({ description: 'a test', dir }, options, {
    stagingDir,
    ...(samples ? { samples } : {}),
    measureCost: NO_COST,
  });
  return { ...imported, stagingDir };
}

export const decided = ({ decisions }: ImportReport, field: string) => {
  const found = decisions.find((decision) => decision.field === field);
  return found && `${found.value}, ${found.how}`;
};
export const codes = ({ warnings }: ImportReport) => warnings.map(({ code }) => code);
export const best = ({ samples }: ImportReport) => samples.map(({ labels }) => labels[0]?.label);
