import assert from 'node:assert/strict';
import test from 'node:test';
import { isInstalled, isInstalledByHand } from './installed.ts';

const page = (isStandalone: boolean, navigator: object) => ({
  matchMedia: () => ({ matches: isStandalone }) as MediaQueryList,
  navigator,
});

test('an app on the Home Screen of iOS is one, whichever of the two ways tells', () => {
  assert.equal(isInstalled(page(true, {})), true);
  assert.equal(isInstalled(page(false, { standalone: true })), true);
  assert.equal(isInstalled(page(false, { standalone: false })), false);
  assert.equal(isInstalled(page(false, {})), false);
  assert.equal(isInstalledByHand(page(false, { standalone: false })), true);
  assert.equal(isInstalledByHand(page(false, {})), false);
});
