import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutScripts, withStartCheck } from './relativePages.ts';

const page = (head: string) => `<!DOCTYPE html><html><head>${head}</head><body><p>$&</p></body></html>`;

test('the check of the start is the first script of the page', () => {
  const html = page('<script src="./_next/static/a.js" async=""></script>');
  assert.equal(
    withStartCheck(html, 'check("$1")'),
    page('<script>check("$1")</script><script src="./_next/static/a.js" async=""></script>'),
  );
});

test('a page with an address that is not relative is not built', () => {
  for (const absolute of [
    '<script src="/_next/static/a.js"></script>',
    '<link rel="icon" href="/icon.svg"/>',
    '<script>push("a:[\\"/_next/static/b.css\\"]")</script>',
  ]) {
    assert.throws(() => withStartCheck(page(absolute), ''), /not relative: .*(_next|icon)/);
  }
});

test('a page without scripts keeps its words and styles', () => {
  const html = page(
    '<link rel="stylesheet" href="./a.css"/><link rel="preload" as="script" href="./b.js"/><script src="./b.js" async=""></script><script>c()</script>',
  );
  assert.equal(withoutScripts(html), page('<link rel="stylesheet" href="./a.css"/>'));
});
