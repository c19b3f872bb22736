import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import path from 'node:path';
import { childEnvironment } from '../../config/childEnvironment.ts';

/** Where drivers leave a trace that changes with them. Adapters themselves are known only to whoever opens one. */
const DRIVER_FILES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: [
    '/proc/driver/nvidia/version',
    ...['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/dev/dri'],
  ],
  // A folder for each driver that was ever installed.
  win32: ['C:\\Windows\\System32\\DriverStore\\FileRepository'],
  // Those of macOS are part of the system, whose version counts anyway.
};

/** A text that changes with the processor, the system's version and, as far as files tell, graphics drivers. */
export async function machineKey(): Promise<string> {
  // What the processes that use one are given.
  const env = childEnvironment();
  const ofDrivers = Object.entries(env).filter(([name]) => /^(VK|CUDA|NVIDIA)_/.test(name));
  const named = [env.VK_DRIVER_FILES, env.VK_ICD_FILENAMES].flatMap(
    (files) => files?.split(path.delimiter) ?? [],
  );
  const files = [...(DRIVER_FILES[process.platform] ?? []), ...named];
  const traces = await Promise.all(files.map(traceOf));
  const facts = [process.platform, process.arch, release(), cpus()[0]?.model, ofDrivers, files, traces];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
}

/** Empty where there is nothing. */
async function traceOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size } = await stat(file);
    if (file.startsWith('/proc/')) return await readFile(file, 'utf8');
    // Devices are made at each start of the system: their names count.
    if (file === '/dev/dri') return (await readdir(file)).sort().join();
    return `${mtimeMs} ${size} ${(await readdir(file).catch(() => [])).length}`;
  } catch {
    return '';
  }
}
