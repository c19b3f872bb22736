import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of a model that ships, for the program that makes it; it prints what it does. */
export function builtFolder(id: string) {
  const directory = fileURLToPath(new URL(`../${id}/`, import.meta.url));
  return {
    directory,
    async write(name: string, content: Uint8Array): Promise<void> {
      const file = join(directory, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      console.log(`wrote models/${id}/${name} (${content.byteLength} bytes)`);
    },
    /** Whether the files are those that were committed. */
    async isSame(built: ReadonlyMap<string, Uint8Array>): Promise<boolean> {
      let isSame = true;
      for (const [name, content] of built) {
        const committed = await readFile(join(directory, name)).catch(() => undefined);
        const same = committed?.equals(content) ?? false;
        console.log(`${same ? 'same ' : 'OTHER'} models/${id}/${name}`);
        isSame &&= same;
      }
      return isSame;
    },
  };
}
