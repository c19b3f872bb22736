import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'oxc-parser';

const APP = fileURLToPath(new URL('../../', import.meta.url));
/** Folders of what a person reads. The others have errors only: with codes, and messages in English for logs. */
const FOLDERS = [
  'access',
  'browser',
  'demo',
  'doctor',
  'lens',
  'measure',
  'models',
  'offline',
  'overlay',
  'page',
  'panels',
  'status',
  'text',
  'ui',
];
const CATALOGUE = path.join('ui', 'words');
/** What resembles words and is none: selectors and values of CSS, and a part of a message of the server. */
const NO_WORDS = [
  'button, a[href], input, select, textarea, label, output',
  'input, select, textarea, [contenteditable], [role="menu"], dialog',
  ':not(svg, svg *)',
  'px no-repeat',
  '; read with --output',
  // The report of a device check, for a bug report: in English in all languages of the page.
  'Livelens device check: ',
];

/** Attributes whose text a person reads or hears. */
const READ = new Set([
  'aria-label',
  'aria-valuetext',
  'aria-description',
  'title',
  'placeholder',
  'alt',
  'label',
]);
/** The product's name is the same in all languages. */
const NAME = /^\s*Livelens\s*$/;

/** Two words next to each other: no name of a thing in the code has that. */
const isProse = (text: string) => /\p{L}{2,}[,.;]? (\p{L}{2,}|\p{L}\b)/u.test(text);
const hasWord = (text: string) => /\p{L}{2,}/u.test(text) && !NAME.test(text);

/**
 * Lines of a source that hold words for a person. Messages of errors are left out, and what goes to the console: they are
 * in English everywhere, and the page words them by their codes.
 */
function wordsIn(file: string, source: string): string[] {
  const { program, errors } = parseSync(file, source);
  assert.deepEqual(errors, [], file);
  const found: string[] = [];
  /** Where the texts are of errors. */
  const spared: { start: number; end: number }[] = [];
  const spare = ({ start, end }: { start: number; end: number }) => spared.push({ start, end });
  const texts: { start: number; text: string }[] = [];
  const visitor = new Visitor({
    JSXText(node) {
      if (hasWord(node.value)) texts.push({ start: node.start, text: node.value.trim() });
    },
    JSXAttribute(node) {
      const name = node.name.type === 'JSXIdentifier' ? node.name.name : '';
      if (!READ.has(name) || node.value?.type !== 'Literal') return;
      if (hasWord(String(node.value.value)))
        texts.push({ start: node.start, text: String(node.value.value) });
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && /Error$/.test(node.callee.name)) spare(node);
    },
    CallExpression(node) {
      const { callee } = node;
      const isConsole =
        callee.type === 'MemberExpression' &&
        callee.object.type === 'Identifier' &&
        callee.object.name === 'console';
      const isSuper = callee.type === 'Super';
      if (isConsole || isSuper) spare(node);
    },
    // What a value is compared with is a value.
    SwitchCase(node) {
      if (node.test) spare(node.test);
    },
    BinaryExpression(node) {
      if (node.operator === '===' || node.operator === '!==') spare(node);
    },
    ExpressionStatement(node) {
      if ('directive' in node && node.directive) spare(node);
    },
    Literal(node) {
      if (typeof node.value === 'string' && isProse(node.value))
        texts.push({ start: node.start, text: node.value });
    },
    TemplateElement(node) {
      if (isProse(node.value.raw)) texts.push({ start: node.start, text: node.value.raw });
    },
  });
  visitor.visit(program);
  for (const { start, text } of texts) {
    if (NO_WORDS.includes(text)) continue;
    if (spared.some((part) => part.start <= start && start < part.end)) continue;
    found.push(`app/${file}:${source.slice(0, start).split('\n').length}: ${text.replace(/\s+/g, ' ')}`);
  }
  return found;
}

test('all words that a person reads in the page are in the catalogue', async () => {
  const entries = await readdir(APP, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(APP, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes(path.sep) || FOLDERS.includes(file.split(path.sep)[0] ?? ''))
    .filter((file) => !file.startsWith(CATALOGUE) && !/\.test\.ts$/.test(file))
    .sort();
  const found: string[] = [];
  for (const file of files) found.push(...wordsIn(file, await readFile(path.join(APP, file), 'utf8')));
  assert.deepEqual(found, []);
});

test('words outside the catalogue are found wherever they stand', () => {
  const of = (source: string) => wordsIn('x.tsx', source).length;
  assert.equal(of('const a = <p>Hello</p>;'), 1);
  assert.equal(of('const a = <p aria-label="Models" />;'), 1);
  assert.equal(of('const a = <p>{isOn ? "It is on" : undefined}</p>;'), 1);
  assert.equal(of('const a = <p>{`many things found`}</p>;'), 1);
  assert.equal(of('const a = { title: "Nothing was shared" };'), 1);
  assert.equal(of('const a = <p className="wide flat" data-testid="models">{words.a}</p>;'), 1);
  assert.equal(of('throw new RangeError("It is out of range.");'), 0);
  assert.equal(of('"use client"; const a = <h1>Livelens</h1>;'), 0);
});
