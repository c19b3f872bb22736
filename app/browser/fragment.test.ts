import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

const history = {
  state: null,
  replaceState(_state: unknown, _title: string, address: string) {
    window.location.href = new URL(address, window.location.href).href;
  },
};

/** As a browser has it, as far as it is read here: an address, and the event when what follows its `#` changes. */
class Tab extends EventTarget {
  readonly history = history;
  location = new URL('https://a.example/measure?watch');

  /** A code is scanned into this tab. */
  open(hash: string): void {
    this.location.hash = hash;
    this.dispatchEvent(Object.assign(new Event('hashchange'), { newURL: this.location.href }));
  }
}

const tab = new Tab();
Object.defineProperty(globalThis, 'window', { value: tab });
const { isInFragment, takeFromFragment, watchFragment } = await import('./fragment.ts');

beforeEach(() => {
  tab.location = new URL('https://a.example/measure?watch');
});

test('a value is taken once, and the rest of the address stays', () => {
  tab.location.hash = '#pair=1&show';
  assert.equal(takeFromFragment('pair'), '1');
  assert.equal(takeFromFragment('pair'), undefined);
  assert.equal(tab.location.href, 'https://a.example/measure?watch#show=');
});

test('what came while the page was starting is there although the router has written the address without it', () => {
  tab.open('#pair=2');
  history.replaceState(null, '', '/measure?watch');
  assert.ok(isInFragment('pair'));
  const seen: string[] = [];
  const page = new AbortController();
  watchFragment('pair', page.signal, (code) => seen.push(code));
  page.abort();
  assert.deepEqual(seen, ['2']);
  assert.ok(!isInFragment('pair'));
});

test('what comes into the open page is seen at once, and once', () => {
  const seen: string[] = [];
  const page = new AbortController();
  watchFragment('pair', page.signal, (code) => seen.push(code));
  tab.open('#pair=3');
  tab.open('#show');
  page.abort();
  tab.open('#pair=4');
  assert.deepEqual(seen, ['3']);
  assert.equal(takeFromFragment('pair'), '4');
});
