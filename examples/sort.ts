// Sorts photos into folders by what they show. The photos stay where they are; the folders get copies:
//   node --import tsx examples/sort.ts http://localhost:3000 ~/Photos
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createHttpClient } from '../client/index.ts';

const [url = 'http://localhost:3000', folder = '.'] = process.argv.slice(2);
const http = createHttpClient({ url });
for (const name of await readdir(folder)) {
  if (!/\.(jpe?g|png|webp)$/i.test(name)) continue;
  const { labels } = await http.predict(await readFile(path.join(folder, name)), { maxLabels: 1 });
  const label = labels[0]?.label ?? 'nothing known';
  const into = path.join(folder, label.replaceAll(/[^\p{L}\p{N} -]/gu, '_')); // A label is a stranger's text.
  await mkdir(into, { recursive: true });
  await copyFile(path.join(folder, name), path.join(into, name));
  console.log(`${name}: ${label}`);
}
