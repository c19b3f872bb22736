import { parse as parseToml, TomlError } from 'smol-toml';
import { parseAllDocuments } from 'yaml';

/** How a file of a target is written. */
export type Format =
  | 'yaml'
  | 'json'
  | 'toml'
  | 'dockerfile'
  | 'unit'
  | 'procfile'
  | 'proxy'
  | 'bicep'
  | 'variables'
  | 'text';

/** A file does not follow its format; the message says where. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/**
 * What a file says, as objects, lists, texts and numbers: of YAML one for each document. Formats without a structure of that kind
 * give their lines by name: the directives of nginx, Caddy and a Dockerfile, the assignments of a unit.
 * @throws FormatError
 */
export function parseFile(format: Format, text: string): unknown[] {
  switch (format) {
    case 'yaml':
      return parseAllDocuments(text).map((document) => {
        const [error] = document.errors;
        if (error) throw new FormatError(error.message.split('\n')[0] ?? error.message);
        return document.toJS();
      });
    case 'json':
      return [orFormatError(() => JSON.parse(text))];
    case 'toml':
      return [orFormatError(() => parseToml(text))];
    case 'unit':
      return [parseUnit(text)];
    case 'variables':
      return [{ environment: Object.fromEntries(lines(text).map((line) => splitAt(line, '='))) }];
    case 'procfile':
      return [{ processes: Object.fromEntries(lines(text).map((line) => splitAt(line, ':'))) }];
    case 'proxy':
      return [{ directives: lines(text).map(directive) }];
    case 'dockerfile':
      return [{ directives: lines(text.replaceAll(/\\\r?\n/g, ' ')).map(directive) }];
    case 'bicep':
      return [parseBicep(text)];
    case 'text':
      return [{}];
    default:
      return format satisfies never;
  }
}

/** `{ name: 'HEALTHCHECK', value: '…' }` of a line. */
export interface Directive {
  name: string;
  value: string;
}

function directive(line: string): Directive {
  const [name, value] = splitAt(line, ' ');
  return { name, value: value.replace(/\s*[{;]$/, '') };
}

/** systemd: sections of assignments; Environment= is a list of NAME=value, one a line here. */
function parseUnit(text: string): unknown {
  const sections: Record<string, Record<string, string>> = {};
  const environment: Record<string, string> = {};
  let section: Record<string, string> | undefined;
  for (const line of lines(text)) {
    const [, heading] = /^\[(\w+)\]$/.exec(line) ?? [];
    if (heading !== undefined) {
      section = {};
      sections[heading] = section;
      continue;
    }
    if (!section || !line.includes('=')) throw new FormatError(`"${line}" is no NAME=value of a section.`);
    const [name, value] = splitAt(line, '=');
    if (name !== 'Environment') section[name] = value;
    else Object.assign(environment, Object.fromEntries([splitAt(value.replace(/^"(.*)"$/, '$1'), '=')]));
  }
  return { ...sections, environment };
}

/** The settings and the few properties that are checked; "az bicep build" reads the whole language. */
function parseBicep(text: string): unknown {
  const appSettings = [...text.matchAll(/\{\s*name:\s*'([^']+)',?\s*value:\s*('([^']*)'|\w+)\s*\}/g)].map(
    ([, name = '', , value]) => ({ name, ...(value !== undefined && { value }) }),
  );
  const [, healthCheckPath] = /^\s*healthCheckPath:\s*'([^']*)'/m.exec(text) ?? [];
  const webSocketsEnabled = /^\s*webSocketsEnabled:\s*true\b/m.test(text);
  return { siteConfig: { webSocketsEnabled, ...(healthCheckPath && { healthCheckPath }), appSettings } };
}

/** Without comments and empty ones. */
const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]|^\/\//.test(line));

function splitAt(line: string, sign: string): [string, string] {
  const at = line.indexOf(sign);
  return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

function orFormatError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TomlError)
      throw new FormatError(`line ${error.line}: ${error.message.split('\n')[0]}`);
    throw new FormatError(error instanceof Error ? error.message : String(error));
  }
}
