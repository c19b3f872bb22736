import { readFileSync } from 'node:fs';

/** Whether tests must fail, not be skipped, for want of a program that `.ci/run` installs: on Debian with `CI` set. */
export const mustBeInstalled = (env: Readonly<Record<string, string | undefined>>): boolean =>
  Boolean(env.CI) && isDebian();

function isDebian(): boolean {
  try {
    return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false; // macOS, Windows
  }
}
