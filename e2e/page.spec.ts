import { layoutFaults } from './harness/layoutFaults.ts';
import { cameraStarts } from './harness/lens.ts';
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

for (const viewport of [
  { width: 390, height: 844 },
  { width: 844, height: 390 },
  { width: 1440, height: 900 },
]) {
  test(`at ${viewport.width}x${viewport.height} nothing is cut off, overlaps or scrolls`, async ({
    open,
  }) => {
    for (const camera of ['none', 'cat-still'] as const) {
      const lens = await open({ camera, context: { viewport, hasTouch: viewport.width < 1_000 } });
      if (camera === 'cat-still') {
        await cameraStarts(lens);
        await expect(lens.boxes('cat')).toHaveCount(1);
      } else {
        await expect(lens.main).toHaveAttribute('data-state', 'no-camera');
      }
      const faults = await lens.page.evaluate(layoutFaults);
      expect(faults, camera).toEqual([]);
      await lens.context.close();
    }
  });
}
