import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';

const Config = v.object({ architectures: v.array(v.string()) });
const MAX_CHARACTERS = 10_000_000;

/** The classes of Hugging Face's transformers that a model is of, as config.json beside it names them. */
export async function readArchitectures(dir: string, entry: string): Promise<readonly string[]> {
  const text = await readFile(path.join(dir, path.dirname(entry), 'config.json'), 'utf8').catch(() => '');
  if (text === '' || text.length > MAX_CHARACTERS) return [];
  try {
    const parsed = v.safeParse(Config, JSON.parse(text));
    return parsed.success ? parsed.output.architectures : [];
  } catch {
    return [];
  }
}
