import * as v from 'valibot';
import { ACCESS_SETTINGS } from './accessSettings.ts';
import { QUEUE_SETTINGS } from './queueSettings.ts';
import { about, file, type SettingInfo, text } from './settingTypes.ts';
import { WORK_SETTINGS } from './workSettings.ts';

/**
 * Every setting of the product, by the name of its environment variable, with what docs/configuration.md says of it. After a
 * change run `npm run docs`, which writes that file again.
 */
export const Environment = v.object({
  ...ACCESS_SETTINGS,
  ...WORK_SETTINGS,
  ...QUEUE_SETTINGS,
  CONFIG_FILE: v.pipe(
    file,
    about({
      group: 'Start and logs',
      defaultIs: '`livelens.config.yaml`, `.yml` or `.json` in the working folder, where there is one',
      meaning: 'File of settings. As a flag also `--config FILE`.',
    }),
  ),
  OPEN: v.pipe(
    text,
    about({
      group: 'Start and logs',
      defaultIs: 'on a desktop',
      meaning: '`0`: `npm start` opens no browser.',
    }),
  ),
  LOG_LEVEL: v.pipe(
    v.optional(v.picklist(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info'),
    about({
      group: 'Start and logs',
      meaning:
        '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`. Lines on standard output; `debug` has one for each request and session. With `npm start` in a terminal the default is `warn`. See [Operating](operating.md#logs).',
    }),
  ),
  LOG_FORMAT: v.pipe(
    v.optional(v.picklist(['json', 'google', 'pretty'])),
    about({
      group: 'Start and logs',
      defaultIs: '`pretty` in a terminal, else `json`',
      meaning:
        '`json`: a line of JSON for each message. `google`: the same with the names that Google Cloud reads. `pretty`: for people.',
    }),
  ),
});

export type SettingName = keyof typeof Environment.entries;

export const SETTING_NAMES = Object.keys(Environment.entries) as readonly SettingName[];

export const isSettingName = (name: string): name is SettingName => Object.hasOwn(Environment.entries, name);

export const infoOf = (name: SettingName): SettingInfo =>
  v.getMetadata(Environment.entries[name]) as unknown as SettingInfo;
