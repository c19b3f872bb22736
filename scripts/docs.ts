import { writeFile } from 'node:fs/promises';
import { configurationPage } from './configurationPage.ts';

/** `npm run docs`: writes the docs that are made from the sources. */
await writeFile(new URL('../docs/configuration.md', import.meta.url), configurationPage());
