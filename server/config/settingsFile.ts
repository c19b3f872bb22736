import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { parseDocument } from 'yaml';
import { isSettingName, SETTING_NAMES } from './environment.ts';
import { nearestName } from './nearestName.ts';
import { formOf } from './settingForm.ts';
import type { SettingValues } from './settings.ts';

export interface SettingsFile {
  /** Absolute. */
  path: string;
  values: SettingValues;
}

const NAMES = ['livelens.config.yaml', 'livelens.config.yml', 'livelens.config.json'];

/** In YAML's failsafe schema every scalar is text as it is written: a token `0123` stays what it is. */
const Content = v.nullable(
  v.pipe(
    v.unknown(),
    v.check((content) => !Array.isArray(content)),
    v.record(v.string(), v.unknown()),
  ),
);
const Scalar = v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))]);

/**
 * Finds the file of settings in the first of these folders that has one.
 * @throws Error where a folder has two: neither should win by its name
 */
export function findSettingsFile(folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    const [first, second] = NAMES.filter((name) => existsSync(path.join(folder, name)));
    if (second !== undefined) {
      throw new Error(`${folder} has ${first} and ${second}: remove one, or name one in CONFIG_FILE.`);
    }
    if (first !== undefined) return path.join(folder, first);
  }
  return undefined;
}

/**
 * Reads a file of settings: a mapping of names to values, in YAML or JSON.
 * @throws Error that names the file, and the setting where it is about one
 */
export function readSettingsFile(file: string): SettingsFile {
  const text = readText(file);
  const document = parseDocument(text, { schema: 'failsafe' });
  const [error] = document.errors;
  if (error)
    throw new Error(`${file}: no ${isJson(file) ? 'JSON' : 'YAML'}: ${error.message}`, { cause: error });
  const content = v.safeParse(Content, document.toJS());
  if (!content.success) {
    throw new Error(`${file}: names of settings with their values expected, such as "PORT: 8080".`);
  }
  const values: SettingValues = {};
  for (const [name, given] of Object.entries(content.output ?? {})) {
    if (!isSettingName(name) || name === 'CONFIG_FILE') {
      const others = SETTING_NAMES.filter((other) => other !== 'CONFIG_FILE');
      throw new Error(
        `${name} in ${file}: there is no such setting. The nearest is ${nearestName(name, others)}.`,
      );
    }
    const value = v.safeParse(Scalar, given);
    if (!value.success) {
      throw new Error(
        `${name} in ${file}: ${formOf(name) ?? 'one value, or a list of values,'} expected, got ${kindOf(given)}.`,
      );
    }
    values[name] = textOf(value.output);
  }
  return { path: file, values };
}

/** Of a list as an environment variable has it. YAML and JSON have their own words for on and off. */
function textOf(value: string | string[]): string {
  if (Array.isArray(value)) return value.join(',');
  return { true: '1', false: '0' }[value] ?? value;
}

function readText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(
      `CONFIG_FILE: ${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
  if (!isJson(file)) return text;
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file}: no JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  return text;
}

const isJson = (file: string) => file.endsWith('.json');

function kindOf(value: unknown): string {
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : 'a list of something else than values';
  return typeof value === 'object' && value !== null ? 'a mapping' : 'nothing';
}
