import * as v from 'valibot';
import { Environment } from '../server/config/environment.ts';
import { SETTING_GROUPS, type SettingInfo } from '../server/config/settingTypes.ts';

/** Every environment variable as docs/configuration.md tells it, made from the schema that reads them. */
export function configurationPage(): string {
  const sections = SETTING_GROUPS.map((group) => {
    const rows = Object.entries(Environment.entries)
      .filter(([, setting]) => infoOf(setting).group === group)
      .map(([name, setting]) => row(name, setting));
    return `## ${group}\n\n| variable | default | allowed | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

const INTRODUCTION = `# Configuration

<!-- Made by "npm run docs" from server/config/environment.ts: change that file, not this one. -->

Everything is set by environment variables, and everything has a default. A value that is not allowed stops the start with
the name of the variable and what was expected.

\`npm start\` builds, and starts the server again should it die. Where a platform does that, run \`npm run build\` once and start
\`node dist/server/main.js\`. On SIGTERM clients are asked to reconnect, and what runs is finished.
Do so in a container: npm as its first process does not wait for its script, so a stop would cut all connections.
`;

type Setting = (typeof Environment.entries)[keyof typeof Environment.entries];

const infoOf = (setting: Setting): SettingInfo => v.getMetadata(setting) as unknown as SettingInfo;

function row(name: string, setting: Setting): string {
  const { meaning, unit, defaultIs } = infoOf(setting);
  const standard = defaultIs ?? `\`${constantDefault(name, setting)}\`${readable(setting)}`;
  return `| \`${name}\` | ${standard} | ${allowed(setting, unit)} | ${meaning} |`;
}

function constantDefault(name: string, setting: Setting): string {
  const standard = v.getDefault(setting);
  if (typeof standard === 'string') return standard;
  throw new Error(`${name} has no constant default: say what it is in "defaultIs".`);
}

/** Bytes and long times once more, as people read them. */
function readable(setting: Setting): string {
  const { unit } = infoOf(setting);
  const value = Number(v.getDefault(setting));
  if (unit === 'bytes') return ` (${inBinaryUnits(value)})`;
  if (unit === 'ms' && value >= 60_000) return ` (${value / 60_000} minutes)`;
  return '';
}

/** The range of a number with its unit; of other settings the meaning says it. */
function allowed(setting: Setting, unit: string | undefined): string {
  const range = rangeOf(setting.wrapped);
  if (range === undefined) return '';
  const inUnit = unit === 'bytes' ? inBinaryUnits : (value: number) => value.toLocaleString('en');
  const name = unit === undefined || unit === 'bytes' ? '' : ` ${unit}`;
  return `${inUnit(range.min)} to ${inUnit(range.max)}${name}`;
}

function rangeOf(schema: object): { min: number; max: number } | undefined {
  const actions: readonly unknown[] = 'pipe' in schema && Array.isArray(schema.pipe) ? schema.pipe : [];
  const requirement = (type: string): number | undefined => {
    const action = actions.find(
      (one) => typeof one === 'object' && one !== null && Reflect.get(one, 'type') === type,
    );
    const value: unknown = action === undefined ? undefined : Reflect.get(action as object, 'requirement');
    return typeof value === 'number' ? value : undefined;
  };
  const [min, max] = [requirement('min_value'), requirement('max_value')];
  return min === undefined || max === undefined ? undefined : { min, max };
}

function inBinaryUnits(bytes: number): string {
  if (bytes >= 2 ** 30) return `${bytes / 2 ** 30} GiB`;
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}
