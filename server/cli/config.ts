import * as v from 'valibot';
import type { Config } from '../config/config.ts';
import { Environment, infoOf, SETTING_NAMES, type SettingName } from '../config/environment.ts';
import type { SettingOrigin, Settings } from '../config/settings.ts';

/** One setting, as `livelens config` shows it. */
interface SettingInForce {
  /** Absent where nothing is set, and the default is no constant; of a secret never its value. */
  value?: string | undefined;
  origin: SettingOrigin;
  /** What the default is, where there is no value. */
  defaultIs?: string | undefined;
  isSecret?: true;
}

export interface ConfigInForce {
  /** The file of settings; absent where there is none. */
  file?: string;
  settings: Record<SettingName, SettingInForce>;
}

const REDACTED = '(set)';

/** Every setting with its value and where that comes from. Secrets are left out. */
export function configInForce(settings: Settings, config: Config): ConfigInForce {
  const all = SETTING_NAMES.map((name) => [name, inForce(name, settings, config)]);
  return {
    ...(settings.file !== undefined && { file: settings.file }),
    settings: Object.fromEntries(all),
  };
}

function inForce(name: SettingName, settings: Settings, config: Config): SettingInForce {
  const origin = settings.originOf(name);
  const { isSecret, defaultIs } = infoOf(name);
  const given = settings.env[name];
  if (isSecret) {
    return { ...(given === undefined ? { defaultIs } : { value: REDACTED }), origin, isSecret };
  }
  const standard = v.getDefault(Environment.entries[name]);
  const value = given ?? foundHere(config)[name] ?? (typeof standard === 'string' ? standard : undefined);
  if (value === undefined || (value === '' && defaultIs !== undefined)) return { origin, defaultIs };
  return { value: settings.shown(name, value).slice(1, -1), origin };
}

/** Defaults that this machine gives. */
const foundHere = ({ workers, configDir }: Config): Partial<Record<SettingName, string>> => ({
  WORKERS: String(workers.count),
  LIVELENS_CONFIG_DIR: configDir,
});

/** The same for a person. */
export function configText({ file, settings }: ConfigInForce): string {
  const rows = Object.entries(settings).map(([name, { value, origin, defaultIs }]) => [
    name,
    value ?? `(${defaultIs})`,
    origin,
  ]);
  const widthOf = (at: number) => Math.max(...rows.map((row) => (row[at] ?? '').length));
  const [nameWidth, originWidth] = [widthOf(0), widthOf(2)];
  const lines = rows.map(([name = '', value, origin = '']) =>
    `${name.padEnd(nameWidth)}  ${origin.padEnd(originWidth)}  ${value}`.trimEnd(),
  );
  return [`File: ${file ?? 'none'}`, '', ...lines].join('\n');
}
