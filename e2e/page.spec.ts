import { layoutFaults } from './harness/layoutFaults.ts';
import { cameraStarts } from './harness/lens.ts';
import { surround } from './harness/surroundings.ts';
import { expect, test } from './harness/test.ts';

test('the page runs isolated, under a strict policy, without a violation or an error', async ({
  open,
  server,
}) => {
  const response = await fetch(server.url);
  const policy = new Map(
    (response.headers.get('content-security-policy') ?? '').split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/\s+/);
      return [name, sources] as const;
    }),
  );
  const scripts = policy.get('script-src') ?? policy.get('default-src') ?? [];
  expect(scripts.length).toBeGreaterThan(0);
  for (const loose of ["'unsafe-inline'", "'unsafe-eval'", '*', 'http:', 'https:', 'data:']) {
    expect(scripts).not.toContain(loose);
  }
  expect(policy.get('default-src')).toEqual([expect.stringMatching(/^'(none|self)'$/)]);
  expect(policy.get('object-src') ?? policy.get('default-src')).toEqual(["'none'"]);
  expect(policy.get('base-uri')).toEqual([expect.stringMatching(/^'(none|self)'$/)]);
  expect(policy.get('frame-ancestors')).toEqual([expect.stringMatching(/^'(none|self)'$/)]);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');

  const lens = await open({ camera: 'cat-still' });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  expect(await lens.page.evaluate(() => crossOriginIsolated)).toBe(true);
  await expect(lens.main).toHaveAttribute('data-pixels', 'canvas');
  expect(await lens.problems()).toEqual([]);
});

test('a script that somebody smuggles into the page does not run', async ({ open }) => {
  const lens = await open({ camera: 'none', expectedErrors: /Content Security Policy|script-src/ });
  await lens.page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'document.title = "smuggled"';
    document.body.append(script);
  });
  await expect
    .poll(async () => (await lens.recording()).violations)
    .toContainEqual(expect.stringContaining('script-src'));
  await expect(lens.page).not.toHaveTitle('smuggled');
});

// e2e/screens.spec.ts has all sizes with a mouse, and what is on the screen before there is a camera.
test('for fingers nothing is cut off, overlaps or scrolls, upright and on its side', async ({ open }) => {
  const context = { viewport: { width: 390, height: 844 }, hasTouch: true };
  const lens = await open({ camera: 'cat-still', context });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  for (const size of [context.viewport, { width: 844, height: 390 }]) {
    await surround(lens.page, { name: 'touch', ...size });
    expect(await lens.page.evaluate(layoutFaults), `${size.width} wide`).toEqual([]);
  }
});
