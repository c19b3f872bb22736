import path from 'node:path';
import { infoOf, SETTING_NAMES, type SettingName } from './environment.ts';
import { type FoundPlatform, findPlatform, type Surroundings } from './platform.ts';
import { flagOf, takeSettingFlags } from './settingFlags.ts';
import { findSettingsFile, readSettingsFile, type SettingsFile } from './settingsFile.ts';

export type SettingValues = Partial<Record<SettingName, string>>;
type Env = Readonly<Record<string, string | undefined>>;

/** Where a value comes from. */
export type SettingOrigin = 'flag' | 'environment' | 'file' | 'platform' | 'default';

/** All settings, resolved: flags come before the environment, the file, the platform's defaults, and our own. */
export interface Settings {
  /** The environment with every setting that anything but our own default says. Values are not checked. */
  env: Env;
  /** Where the server runs, by the environment, flags and file; undefined where that is not known. */
  platform: FoundPlatform | undefined;
  originOf(name: SettingName): SettingOrigin;
  /** The setting as an error names it, with where its value comes from. */
  nameOf(name: SettingName): string;
  /** A value as it may be shown: not that of a secret. */
  shown(name: SettingName, value: string): string;
  /** Absolute. */
  file: string | undefined;
  /** What the command line has in addition to settings. */
  rest: string[];
}

export interface SettingsOptions extends Pick<Surroundings, 'exists'> {
  env: Env;
  /** The command line, without the program. */
  args?: readonly string[];
  /** Where a file of settings is searched for, first to last; absolute. The first is what a relative CONFIG_FILE starts at. */
  folders?: readonly string[];
}

/**
 * Reads flags, environment and file, and merges them.
 * @throws Error where a flag or a name in the file is unknown, or the file cannot be read
 */
export function resolveSettings(options: SettingsOptions): Settings {
  const { env, args = [], folders = [] } = options;
  const { flags, rest } = takeSettingFlags(args);
  const file = openFile(flags.CONFIG_FILE ?? env.CONFIG_FILE, folders);
  const above = { ...file?.values, ...ofEnvironment(env), ...flags };
  const stated = { ...env, ...above };
  const platform = findPlatform({ ...options, env: stated, args: rest });
  const defaults = platform?.defaults ?? {};
  const layers: readonly [SettingOrigin, SettingValues][] = [
    ['flag', flags],
    ['environment', ofEnvironment(env)],
    ['file', file?.values ?? {}],
    ['platform', defaults],
  ];
  const originOf = (name: SettingName) =>
    layers.find(([, values]) => values[name] !== undefined)?.[0] ?? 'default';
  return {
    env: { ...defaults, ...stated },
    platform,
    originOf,
    nameOf: (name) => nameFrom(name, originOf(name), file?.path),
    shown: shownValue,
    file: file?.path,
    rest,
  };
}

function openFile(named: string | undefined, folders: readonly string[]): SettingsFile | undefined {
  const file = named?.trim() ? path.resolve(folders[0] ?? '', named.trim()) : findSettingsFile(folders);
  return file === undefined ? undefined : readSettingsFile(file);
}

const ofEnvironment = (env: Env): SettingValues =>
  Object.fromEntries(SETTING_NAMES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));

function nameFrom(name: SettingName, origin: SettingOrigin, file: string | undefined): string {
  switch (origin) {
    case 'flag':
      return `Flag ${flagOf(name)}`;
    case 'file':
      return `${name} in ${file}`;
    case 'platform':
      return `${name}, by default on this platform`;
    case 'environment':
    case 'default':
      return `Environment variable ${name}`;
    default:
      return origin satisfies never;
  }
}

function shownValue(name: SettingName, value: string): string {
  if (infoOf(name).isSecret) return `${value.length} characters`;
  // The user name and password of an address.
  return `"${value.replace(/\/\/[^/@\s]+@/g, '//…@')}"`;
}
