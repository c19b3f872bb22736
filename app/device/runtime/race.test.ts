import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  firstRacer,
  isClearlyFaster,
  lostRace,
  mayRace,
  nextChallenger,
  ONE_THREAD,
  type RaceRecord,
  race,
  raceRecordOf,
  withLate,
  withoutLate,
} from './race.ts';

/** Each run takes as long as its list says; the last one, ever after. */
const runner = (log: string[], name: string, timesMs: number[], clock: { ms: number }) => async () => {
  log.push(name);
  const ms = (timesMs.length > 1 ? timesMs.shift() : timesMs[0]) ?? 0;
  clock.ms += ms;
  return ms;
};

test('both run in turns, each as often the first, and the first round is not counted', async () => {
  const clock = { ms: 0 };
  const log: string[] = [];
  const times = await race({
    serving: runner(log, 'a', [900, 40], clock),
    challenger: runner(log, 'b', [900, 30], clock),
    inTurn: (round) => round(),
    nowMs: () => clock.ms,
  });
  assert.deepEqual(times, { servingMs: 40, challengerMs: 30 });
  assert.equal(log.join(''), 'abbaabbaabbaabba');
});

test('a slow model is raced in fewer rounds', async () => {
  const clock = { ms: 0 };
  const log: string[] = [];
  const run = (name: string) => runner(log, name, [2_000], clock);
  await race({
    serving: run('a'),
    challenger: run('b'),
    inTurn: (round) => round(),
    nowMs: () => clock.ms,
  });
  assert.equal(log.length, 8);
});

test('a challenger wins by a tenth at least', () => {
  assert.equal(isClearlyFaster(35, 40), true);
  assert.equal(isClearlyFaster(36, 40), false);
});

test('the other runtime comes first, then what serves by then on one thread', () => {
  const two = { threads: 2 };
  const wasm = { provider: 'wasm', threads: 2 } as const;
  const liteRt = { provider: 'litert', threads: 2 } as const;
  const both = [wasm, liteRt];
  assert.deepEqual(nextChallenger(wasm, two, []), liteRt);
  assert.deepEqual(nextChallenger(liteRt, two, both), { provider: 'litert', threads: 1 });
  assert.deepEqual(nextChallenger(wasm, two, both), { provider: 'wasm', threads: 1 });
  assert.equal(nextChallenger(wasm, two, [...both, { provider: 'wasm', threads: 1 }]), undefined);
  const one = { provider: 'wasm', threads: 1 } as const;
  assert.deepEqual(nextChallenger(one, { threads: 1 }, []), { provider: 'litert', threads: 1 });
  assert.equal(nextChallenger(one, { threads: 1 }, [one, { provider: 'litert', threads: 1 }]), undefined);
});

test('what serves on one thread, as the first one was late, is raced with all its threads, too', () => {
  const tuning = { threads: 4 };
  const one = { provider: 'wasm', threads: 1 } as const;
  const wasm = { provider: 'wasm', threads: 4 } as const;
  const liteRt = { provider: 'litert', threads: 4 } as const;
  assert.deepEqual(nextChallenger(one, tuning, []), liteRt);
  assert.deepEqual(nextChallenger(one, tuning, [one, liteRt]), wasm, 'LiteRT.js lost');
  assert.equal(nextChallenger(wasm, tuning, [one, liteRt, wasm]), undefined);
  assert.deepEqual(nextChallenger(liteRt, tuning, [one, liteRt]), wasm, 'LiteRT.js won');
  assert.deepEqual(nextChallenger(liteRt, tuning, [one, liteRt, wasm]), { provider: 'litert', threads: 1 });
});

test('before a race LiteRT.js answers a person who waits, unless that ended the page before it was proven', () => {
  const tuning = { threads: 2, noRace: undefined };
  const [never, always] = [() => false, () => true];
  const wasm = { provider: 'wasm', threads: 2 } as const;
  const liteRt = { provider: 'litert', threads: 2 } as const;
  assert.deepEqual(firstRacer(undefined, tuning, never, true), liteRt);
  assert.deepEqual(firstRacer(undefined, tuning, never, false), wasm);
  assert.deepEqual(firstRacer({ attempts: 1 }, tuning, never, true), wasm);
  assert.deepEqual(firstRacer({ attempts: 1 }, tuning, always, true), liteRt);
  assert.deepEqual(firstRacer(undefined, { ...tuning, noRace: 'on iOS' }, always, true), wasm);
  const result = { fastest: { ...wasm, threads: 1 }, times: [], why: '' };
  assert.deepEqual(firstRacer({ attempts: 1, result }, tuning, always, true), result.fastest);
});

test('who was late at two visits in a row is passed over, also one that has won', () => {
  const tuning = { threads: 2, noRace: undefined };
  const [wasm, liteRt] = [
    { provider: 'wasm', threads: 2 },
    { provider: 'litert', threads: 2 },
  ] as const;
  const first = (record: RaceRecord | undefined) => firstRacer(record, tuning, () => true, true);
  const once = withLate(DONE, liteRt);
  assert.deepEqual(first(once), liteRt);
  const twice = withLate(once, liteRt);
  assert.deepEqual(first(twice), wasm);
  assert.deepEqual(first(withLate(withLate(twice, wasm), wasm)), ONE_THREAD);
  assert.deepEqual(withoutLate(twice, liteRt), { ...DONE, late: [] });
  assert.equal(withoutLate(twice, wasm), undefined);
  assert.equal(withoutLate(undefined, wasm), undefined);
  assert.deepEqual(withLate(DONE, ONE_THREAD), DONE, 'nothing else could be opened');
  assert.deepEqual(first(withLate(undefined, wasm)), liteRt, 'it was not tried yet');
});

const DONE: RaceRecord = {
  attempts: 1,
  result: { fastest: { provider: 'litert', threads: 2 }, times: [], why: '' },
};

test('a race that has a result is not held again, nor one in which the page ended three times', () => {
  assert.equal(mayRace(undefined), true);
  assert.equal(mayRace(DONE), false);
  assert.equal(mayRace({ attempts: 2 }), true);
  assert.equal(mayRace({ attempts: 3 }), false);
  assert.equal(mayRace(DONE, true), true, 'the first one was late');
  assert.equal(mayRace({ ...DONE, attempts: 3 }, true), false, 'the page ended three times in it');
  assert.equal(mayRace(lostRace({ provider: 'litert', threads: 2 }, { threads: 2 }, 'It died.')), false);
});

test('a result holds for one version, one pair of runtimes, one browser and its cores', () => {
  const kept = new Map<string, string>();
  const entries = {
    read: (name: string) => kept.get(name),
    write: (name: string, value = '') => void kept.set(name, value),
  };
  const here = { runtimeUrls: ['/1/', '/2/'], userAgent: 'A', cores: 2, entries };
  const pets = { id: 'pets', version: 'v1' };
  const record = raceRecordOf(pets, here);
  assert.equal(record.read(), undefined);
  record.write(DONE);
  assert.deepEqual(record.read(), DONE);
  assert.equal(raceRecordOf({ ...pets, version: 'v2' }, here).read(), undefined);
  for (const other of [{ runtimeUrls: ['/1/', '/3/'] }, { userAgent: 'B' }, { cores: 4 }]) {
    assert.equal(raceRecordOf(pets, { ...here, ...other }).read(), undefined);
  }
  assert.equal(kept.size, 1, 'a new version takes the place of the one before');
  kept.set(
    'race.pets',
    JSON.stringify({ ...JSON.parse(kept.get('race.pets') ?? ''), value: { attempts: 'x' } }),
  );
  assert.equal(record.read(), undefined, 'what another page wrote, and this one does not understand');
});
