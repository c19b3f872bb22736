import * as v from 'valibot';
import { Environment, infoOf, SETTING_NAMES, type SettingName } from '../server/config/environment.ts';
import { rangeOf } from '../server/config/settingForm.ts';
import { SETTING_GROUPS } from '../server/config/settingTypes.ts';

/** Every setting as docs/configuration.md tells it, made from the schema that reads them. */
export function configurationPage(): string {
  const sections = SETTING_GROUPS.map((group) => {
    const rows = SETTING_NAMES.filter((name) => infoOf(name).group === group).map(row);
    return `## ${group}\n\n| setting | default | allowed | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

const INTRODUCTION = `# Configuration

<!-- Made by "npm run docs" from server/config/environment.ts: change that file, not this one. -->

Everything has a default. A setting comes, first to last, from

1. a flag: \`npm start -- --port 8080\`, \`node dist/server/main.js --port 8080\`; the name in small letters, with \`-\` for \`_\`. Secrets are not
   taken as flags: other users of the machine can read command lines.
2. the environment: \`PORT=8080 npm start\`
3. a file: \`livelens.config.yaml\` (\`.yml\`, \`.json\`) in the working folder, or the one that \`CONFIG_FILE\` or \`--config\` names. Its keys are
   the names below, exactly; lists may be lists:

       PORT: 8080
       ALLOWED_ORIGINS: [https://a.example, https://b.example]

4. the platform, where one is recognised and has another default
5. the default below

A name in the file or a flag that is unknown, or a value that is not allowed, stops the start: the error names the setting, where it
came from, what it takes and what came. \`node bin/livelens.js config\` prints what is in force and where each value came from, without secrets
(\`--json\` for programs); it exits with 1 where the server would not start. Several commands read the same: \`npm run models\` too.

\`npm start\` builds, and starts the server again should it die. Where a platform does that, run \`npm run build\` once and start
\`node dist/server/main.js\`. On SIGTERM clients are asked to reconnect, and what runs is finished.
Do so in a container: npm as its first process does not wait for its script, so a stop would cut all connections.
`;

function row(name: SettingName): string {
  const { meaning, unit, defaultIs } = infoOf(name);
  const standard = defaultIs ?? `\`${constantDefault(name)}\`${readable(name)}`;
  return `| \`${name}\` | ${standard} | ${allowed(name, unit)} | ${meaning} |`;
}

function constantDefault(name: SettingName): string {
  const standard = v.getDefault(Environment.entries[name]);
  if (typeof standard === 'string') return standard;
  throw new Error(`${name} has no constant default: say what it is in "defaultIs".`);
}

/** Bytes and long times once more, as people read them. */
function readable(name: SettingName): string {
  const { unit } = infoOf(name);
  const value = Number(v.getDefault(Environment.entries[name]));
  if (unit === 'bytes') return ` (${inBinaryUnits(value)})`;
  if (unit === 'ms' && value >= 60_000) return ` (${value / 60_000} minutes)`;
  return '';
}

/** The range of a number with its unit; of other settings the meaning says it. */
function allowed(setting: SettingName, unit: string | undefined): string {
  const range = rangeOf(setting);
  if (range === undefined) return '';
  const inUnit = unit === 'bytes' ? inBinaryUnits : (value: number) => value.toLocaleString('en');
  const name = unit === undefined || unit === 'bytes' ? '' : ` ${unit}`;
  return `${inUnit(range.min)} to ${inUnit(range.max)}${name}`;
}

function inBinaryUnits(bytes: number): string {
  if (bytes >= 2 ** 30) return `${bytes / 2 ** 30} GiB`;
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}
