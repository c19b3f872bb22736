import { infoOf, isSettingName, SETTING_NAMES, type SettingName } from './environment.ts';
import { nearestName } from './nearestName.ts';
import type { SettingValues } from './settings.ts';

/** A command line, divided: flags of settings, and what is the command's own. */
export interface SettingFlags {
  flags: SettingValues;
  /** Everything else, in its order. */
  rest: string[];
}

/** `PORT` as a flag: `--port`. */
export const flagOf = (name: SettingName): string => `--${name.toLowerCase().replaceAll('_', '-')}`;

/** Another word for a flag. */
const SHORT: Readonly<Record<string, SettingName>> = { '--config': 'CONFIG_FILE' };

/**
 * Takes the flags of settings out of a command line: `--port 8080` and `--port=8080`.
 * @throws Error where a value is missing, or the setting is a secret
 */
export function takeSettingFlags(args: readonly string[]): SettingFlags {
  const flags: SettingValues = {};
  const rest: string[] = [];
  const waiting = [...args];
  for (let arg = waiting.shift(); arg !== undefined; arg = waiting.shift()) {
    const [flag = '', ...afterSign] = arg.split('=');
    const name = settingOf(flag);
    if (name === undefined) {
      rest.push(arg);
      continue;
    }
    const value = afterSign.length > 0 ? afterSign.join('=') : waiting.shift();
    if (infoOf(name).isSecret) {
      throw new Error(
        `Flag ${flag}: a secret is not taken as a flag, as others can read command lines. Set ${name} in the environment or in a file.`,
      );
    }
    if (value === undefined || value.startsWith('--')) {
      throw new Error(`Flag ${flag}: a value is missing: ${flag} VALUE.`);
    }
    flags[name] = value;
  }
  return { flags, rest };
}

function settingOf(flag: string): SettingName | undefined {
  if (!/^--[a-z][a-z-]*$/.test(flag)) return undefined;
  const name = SHORT[flag] ?? flag.slice(2).replaceAll('-', '_').toUpperCase();
  return isSettingName(name) ? name : undefined;
}

/**
 * Refuses what is neither a setting nor one of the command's own flags.
 * @param own flags of the command, without values
 * @throws Error that names the nearest flag
 */
export function refuseOthers(rest: readonly string[], own: readonly string[]): void {
  for (const arg of rest) {
    if (own.includes(arg)) continue;
    const known = [...own, ...Object.keys(SHORT), ...SETTING_NAMES.map(flagOf)];
    throw new Error(
      arg.startsWith('-')
        ? `Flag ${arg.split('=')[0]}: there is no such flag. The nearest is ${nearestName(arg.split('=')[0] ?? '', known)}.`
        : `Unexpected argument "${arg}". Settings are given as ${flagOf('PORT')} 8080.`,
    );
  }
}
