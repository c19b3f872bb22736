import assert from 'node:assert/strict';
import test from 'node:test';
import { createLog, type LogFormat } from './log.ts';

/** The lines that a log of this format writes. */
function linesOf(
  format: LogFormat,
  write: (log: ReturnType<typeof createLog>) => void,
  level = 'debug',
): string[] {
  const lines: string[] = [];
  write(createLog({ level, format, destination: { write: (line) => void lines.push(line) } }));
  return lines;
}

test('json: a line has level, time, fields and msg', () => {
  const [line = ''] = linesOf('json', (log) => log.warn({ pid: 71 }, 'worker lost'));
  const { time, ...rest } = JSON.parse(line);
  assert.deepEqual(rest, { level: 40, pid: 71, msg: 'worker lost' });
  assert.equal(new Date(time).toISOString(), time);
});

test('google: severity, message and time have the names and values that Cloud Logging reads', () => {
  const lines = linesOf('google', (log) => {
    log.debug({}, 'a');
    log.info({ session: 's' }, 'b');
    log.warn({}, 'c');
    log.error({ error: 'it broke' }, 'd');
  }).map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ severity, message, level, msg }) => [severity, message, level, msg]),
    [
      ['DEBUG', 'a', undefined, undefined],
      ['INFO', 'b', undefined, undefined],
      ['WARNING', 'c', undefined, undefined],
      ['ERROR', 'd', undefined, undefined],
    ],
  );
  assert.match(lines[1].time, /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.equal(lines[1].session, 's');
});

test('pretty: time, level, message and fields on one line; a stack below it; nothing steers the terminal', () => {
  const error = 'Error: it broke\n    at x (y.ts:1:1)';
  const lines = linesOf('pretty', (log) => {
    log.info({ url: 'http://127.0.0.1:3000', workers: 2, why: 'two words' }, 'listening');
    log.error({ error }, 'session broke');
    log.warn({ origin: '\u001b[2Jhttps://a.example' }, 'origin refused');
  });
  assert.match(
    lines[0] ?? '',
    /^\d\d:\d\d:\d\d\.\d{3} info {2}listening url=http:\/\/127\.0\.0\.1:3000 workers=2 why="two words"\n$/,
  );
  assert.ok(lines[1]?.endsWith(`error session broke error=\n${error}\n`), lines[1]);
  assert.ok(!lines[2]?.includes('\u001b'), lines[2]);
});

test('a level leaves lower ones out', () => {
  assert.deepEqual(
    linesOf('json', (log) => log.debug({}, 'request'), 'info'),
    [],
  );
});
