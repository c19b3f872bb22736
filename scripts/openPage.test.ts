import assert from 'node:assert/strict';
import test from 'node:test';
import { hasDesktop } from './openPage.ts';
import { startText } from './startText.ts';

const on = (platform: NodeJS.Platform, env: Record<string, string>, isTerminal = true) =>
  hasDesktop({ platform, env, isTerminal });

test('the page opens automatically only for the person who started the server', () => {
  assert.equal(on('linux', { DISPLAY: ':0' }), true);
  assert.equal(on('linux', { WAYLAND_DISPLAY: 'wayland-0' }), true);
  assert.equal(on('linux', { WSL_DISTRO_NAME: 'Debian' }), true);
  assert.equal(on('linux', {}), false);
  for (const platform of ['darwin', 'win32'] as const) assert.equal(on(platform, {}), true);
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    for (const env of [
      { CI: '1' },
      { OPEN: '0' },
      { SSH_CONNECTION: '::1 1 ::1 22' },
      { CODESPACES: 'true' },
    ]) {
      assert.equal(on(platform, { DISPLAY: ':0', ...env }), false, JSON.stringify(env));
    }
    assert.equal(on(platform, { DISPLAY: ':0' }, false), false);
  }
});

test('what is said at the start: links on a terminal, none where a log would keep them', () => {
  const url = 'http://localhost:3000';
  const shown = startText({
    url,
    startMs: 900,
    resources: '2 workers',
    fragment: 'token=a+b&admin=c',
    token: 'a b',
  });
  assert.ok(shown.includes(`${url}/#token=a+b&admin=c\n`));
  assert.ok(shown.includes(`${url}/#token=a+b\n`));
  const open = startText({
    url,
    startMs: 900,
    resources: '2 workers',
    fragment: 'admin=c',
    token: undefined,
  });
  assert.ok(open.includes(`${url}/#admin=c\n`) && open.includes(`${url}\n`));
  const logged = startText({
    url,
    startMs: 900,
    resources: '2 workers',
    fragment: undefined,
    token: undefined,
  });
  assert.ok(!logged.includes('#') && logged.includes('link'));
});

test('--demo: all links open the page with the built-in footage', () => {
  const ready = { url: 'http://localhost:3000', startMs: 900, resources: '2 workers', isDemo: true };
  const shown = startText({ ...ready, fragment: 'admin=code', token: 'secret' });
  assert.match(shown, /http:\/\/localhost:3000\/\?demo#admin=code\n/);
  assert.match(shown, /http:\/\/localhost:3000\/\?demo#token=secret\n/);
  const logged = startText({ ...ready, fragment: undefined, token: undefined });
  assert.match(logged, /Open http:\/\/localhost:3000\/\?demo\n/);
});
