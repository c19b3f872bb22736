import * as v from 'valibot';

/** What docs/configuration.md says of an environment variable, in addition to its limits. */
export interface SettingInfo {
  /** The heading that it stands below. */
  group: SettingGroup;
  /** For an operator. Markdown; links start at docs/. */
  meaning: string;
  /** What a number counts. */
  unit?: string;
  /** Where the default is no constant: what it is. */
  defaultIs?: string;
  /** It is shown to no one: not in errors, not by `livelens config`; and it is not taken as a flag, which others can read. */
  isSecret?: true;
}

export const SETTING_GROUPS = [
  'Address',
  'Phones and other machines',
  'Access',
  'Models',
  'Processes and memory',
  'Many machines',
  'Sessions and connections',
  'Frames and pictures',
  'Start and logs',
] as const;
type SettingGroup = (typeof SETTING_GROUPS)[number];

export const about = <TInput>(
  info: SettingInfo,
): v.MetadataAction<TInput, SettingInfo & Record<string, unknown>> => v.metadata({ ...info });

export const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.regex(/^\d+$/, 'a whole number'),
    v.transform(Number),
    v.minValue(min),
    v.maxValue(max),
  );
/** A whole number from an environment variable. */
export const integer = (min: number, max: number, fallback: number) =>
  v.optional(wholeNumber(min, max), String(fallback));
export const text = v.optional(v.string());
export const secret = (minLength: number, maxLength = 512) =>
  v.pipe(v.string(), v.minLength(minLength), v.maxLength(maxLength));
export const onOrOff = v.optional(v.picklist(['0', '1']));
/** Empty counts as not set. */
export const file = v.optional(
  v.pipe(
    v.string(),
    v.trim(),
    v.transform((name) => name || undefined),
  ),
);
export const LAN_NAME_FORM = 'a name such as livelens expected: letters, digits and "-", at most 62; or 0';
/** Separated by commas. */
export const names = (fallback: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.transform((entries) =>
        entries
          .split(',')
          .map((entry) => entry.trim())
          .filter((entry) => entry !== ''),
      ),
    ),
    fallback,
  );
export const list = names('');

/** The path below which a reverse proxy passes requests on; without a slash at its end, empty at the root. */
export const basePath = v.optional(
  v.pipe(
    v.string(),
    v.trim(),
    v.transform((path) => (path === '/' ? '' : path)),
    v.regex(
      /^(\/[\w~-]+)*$/,
      'a path such as /lens expected: a slash in front, none at the end, and only letters, digits, "-", "_" and "~" between slashes',
    ),
  ),
  '',
);
