import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  activated,
  currentOf,
  type History,
  newestFirst,
  onTrialOf,
  pruned,
  reconcile,
  rolledBack,
  rolledBackTo,
  tried,
  undone,
} from './history.ts';

const entry = (version: string) => ({ version, at: `at ${version}`, folder: version });
const history = (versions: string) => [...versions].map(entry);
const always = () => true;
const names = (entries: History | undefined) =>
  entries?.map(({ version, isSetAside }) => (isSetAside ? version.toUpperCase() : version)).join('');

test('a rollback sets aside what was live, and the next one goes further', () => {
  const once = rolledBack(history('abc'));
  assert.equal(names(once?.entries), 'aCb');
  const twice = rolledBack(once?.entries ?? []);
  assert.equal(twice?.target.version, 'a');
  assert.equal(rolledBack(twice?.entries ?? []), undefined);
  assert.equal(names(newestFirst(twice?.entries ?? [])), 'aBC');
});

test('a rollback to a named version keeps what was live as a step, and leads to versions that were set aside', () => {
  const once = rolledBack(history('abc'));
  const named = rolledBackTo(once?.entries ?? [], 'c', 'now');
  assert.equal(names(named?.entries), 'abc');
  assert.equal(named?.entries.at(-1)?.at, 'now');
  assert.equal(rolledBackTo(history('abc'), 'c', 'now'), undefined, 'it is live');
  assert.equal(rolledBackTo(history('abc'), 'x', 'now'), undefined, 'it is not kept');
});

test('a trial that is undone leaves no trace, or is set aside', () => {
  const onTrial = tried(history('ab'), entry('c'));
  assert.equal(onTrialOf(onTrial)?.version, 'c');
  assert.equal(names(undone(onTrial, always, { before: 'b', keep: false })?.entries), 'ab');
  assert.equal(names(undone(onTrial, always, { before: 'a', keep: true })?.entries), 'bCa');
  const lost = undone(onTrial, ({ version }) => version !== 'b', { before: 'b', keep: false });
  assert.equal(lost?.target.version, 'a', 'its files are gone');
  assert.equal(undone(tried([], entry('a')), always, { before: undefined, keep: false }), undefined);
});

test('what is live counts more than what was noted', () => {
  assert.equal(
    names(reconcile(tried(history('ab'), entry('c')), entry('b'))),
    'ab',
    'killed before it was live',
  );
  assert.equal(names(reconcile(history('abc'), entry('b'))), 'acb', 'killed before it was noted');
  assert.equal(names(reconcile([], entry('x'))), 'x', 'put there by a person');
  assert.equal(onTrialOf(reconcile(tried(history('ab'), entry('c')), entry('c')))?.version, 'c');
});

test('a version that comes again replaces its earlier entry, and is on trial no more', () => {
  const again = activated(tried(history('abc'), entry('a')), { ...entry('a'), onTrial: true });
  assert.equal(names(again), 'bca');
  assert.equal(onTrialOf(again), undefined);
});

test('property: the live version is never pruned, and at most five others are kept', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(), (versions, at) => {
      const entries = versions.map(entry);
      const live = entries[at % entries.length];
      const kept = pruned(entries, live?.folder);
      assert.ok(live && kept.includes(live));
      assert.equal(kept.length, Math.min(entries.length, 6));
    }),
  );
});

test('property: any steps back, and a version that is live stays one that was there', () => {
  const step = fc.oneof(fc.constant(undefined), fc.constantFrom(...'abcdef'));
  fc.assert(
    fc.property(fc.array(step), (wishes) => {
      let entries: History = history('abcdef');
      for (const wanted of wishes) {
        const back = wanted === undefined ? rolledBack(entries) : rolledBackTo(entries, wanted, 'now');
        if (back === undefined) continue;
        entries = back.entries;
        assert.equal(currentOf(entries)?.version, back.target.version);
        assert.equal(new Set(entries.map(({ version }) => version)).size, 6, 'none is lost');
      }
    }),
  );
});
