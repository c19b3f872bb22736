import { basePath } from '../browser/basePath.ts';
import { loadRuntimeAhead } from '../device/runtime/runtimeAhead.ts';
import { readPreferences } from './preferences.ts';

/**
 * On the page with the camera, where a person chose this device before: loads what runs the model while the rest of the page is being
 * started. Elsewhere nothing of the device is loaded before it is needed.
 */
export function loadAheadIfChosen(): void {
  if (typeof window === 'undefined' || location.pathname !== basePath()) return;
  const { backend, codes } = readPreferences();
  if (backend === 'device' && codes !== 'only') loadRuntimeAhead();
}
