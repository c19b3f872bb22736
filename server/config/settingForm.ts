import * as v from 'valibot';
import { Environment, type SettingName } from './environment.ts';

/** The range of a setting that is a number; undefined of others. */
export function rangeOf(name: SettingName): { min: number; max: number } | undefined {
  const [min, max] = [requirement(name, 'min_value'), requirement(name, 'max_value')];
  return min === undefined || max === undefined ? undefined : { min, max };
}

/** What a setting takes, as an error says it before "expected"; undefined where the schema words it itself. */
export function formOf(name: SettingName): string | undefined {
  const range = rangeOf(name);
  if (range)
    return `a whole number from ${range.min.toLocaleString('en')} to ${range.max.toLocaleString('en')}`;
  const options: unknown = Reflect.get(Environment.entries[name].wrapped, 'options');
  if (Array.isArray(options)) return `one of ${options.map((option) => `"${option}"`).join(', ')}`;
  const least = requirement(name, 'min_length');
  const most = requirement(name, 'max_length');
  if (least !== undefined)
    return most === undefined ? `at least ${least} characters` : `${least} to ${most} characters`;
  return actionOf(name, 'url') === undefined ? undefined : 'an address such as https://lens.example';
}

/** Why a value is refused: what is expected. @returns undefined where it is taken */
export function whyRefused(name: SettingName, value: string | undefined): string | undefined {
  const parsed = v.safeParse(Environment.entries[name] as v.GenericSchema, value);
  if (parsed.success) return undefined;
  const form = formOf(name);
  return form === undefined ? parsed.issues[0].message : `${form} expected`;
}

function requirement(name: SettingName, type: string): number | undefined {
  const value: unknown = Reflect.get(actionOf(name, type) ?? {}, 'requirement');
  return typeof value === 'number' ? value : undefined;
}

function actionOf(name: SettingName, type: string): object | undefined {
  const schema: object = Environment.entries[name].wrapped;
  const actions: readonly unknown[] = 'pipe' in schema && Array.isArray(schema.pipe) ? schema.pipe : [];
  return actions.find(
    (one): one is object => typeof one === 'object' && one !== null && Reflect.get(one, 'type') === type,
  );
}
