import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

const ALLOWED = [
  // Their messages go to the console.
  'app/capture/encode.worker.ts',
  'app/codes/codes.worker.ts',
  // What Node says of a connection; browsers say nothing.
  'client/http/requester.ts',
];

/** Where a source reads the message of what may be any error, such as that of a signal which was aborted without a reason. */
function rawMessages(source: string): string[] {
  const narrowed = [...source.matchAll(/\b(\w+) instanceof (?:Error|DOMException)\b/g)].map(
    ([, name]) => name,
  );
  const read = narrowed.filter((name) =>
    new RegExp(`(\\$\\{|return |[=:?(] ?)${name}\\.message\\b`).test(source),
  );
  const printed = source.match(/String\((error|cause|reason|why)\)/g) ?? [];
  return [...read.map((name) => `${name}.message`), ...printed];
}

test('the message of an unknown error is read by messageOf alone, which words what a runtime says of a signal', async () => {
  const found: string[] = [];
  for (const folder of ['app', 'client']) {
    for (const name of await readdir(folder, { recursive: true })) {
      const file = path.posix.join(folder, name.replaceAll('\\', '/'));
      if (!/\.tsx?$/.test(file) || /\.test\.ts$/.test(file) || ALLOWED.includes(file)) continue;
      for (const raw of rawMessages(await readFile(file, 'utf8'))) found.push(`${file}: ${raw}`);
    }
  }
  assert.deepEqual(found, []);
});

test('the ways to read a message are known', () => {
  for (const raw of [
    'const text = error instanceof Error ? error.message : "";',
    'if (!(cause instanceof Error)) return;\nshow(cause.message);',
    'if (e instanceof DOMException) text = e.message;',
    'show(String(error))',
  ]) {
    assert.equal(rawMessages(raw).length, 1, raw);
  }
  assert.deepEqual(rawMessages('if (error instanceof ClientError) show(error.message);'), []);
});
