import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { readConfig } from '../../config/config.ts';
import { Environment, infoOf, SETTING_NAMES } from '../../config/environment.ts';
import { resolveSettings } from '../../config/settings.ts';
import { type Facts, joinFacts, readFacts } from './facts.ts';
import { type Directive, FormatError, parseFile } from './parse.ts';
import { TARGETS, type Target, type TargetName } from './targets.ts';

/** A line of the report. */
export interface Finding {
  /** `error`: it would not work. `todo`: left to fill in, or missing on this machine. */
  level: 'error' | 'todo';
  /** Path below the folder of the target; none of what is about the machine. */
  file?: string;
  /** What is so, and what to do. */
  message: string;
}

/** Where a health check may ask: the server's own, a worker's, SageMaker's, and those of the Open Inference Protocol. */
const HEALTH_PATHS = [
  '/healthz',
  '/readyz',
  '/livez',
  '/ping',
  '/v2/health/live',
  '/v2/health/ready',
  '/v2/models/coco-ssd/ready',
];
/** Of the image, and of the server where nothing is set. */
const DEFAULT_PORT = { image: 8080, own: 3000 };
/** What no file may hold: whoever reads it could use the server, or change its models. */
const SECRETS: readonly string[] = SETTING_NAMES.filter((name) => infoOf(name).isSecret);
const PLACEHOLDER = /\byour[-_][a-z0-9]+([-_][a-z0-9]+)*/gi;
/** `${TOKEN}`, `$(TOKEN)`, and nothing. */
const REFERENCE = /^\$[{(]|^$/;

/**
 * Checks the files of a target.
 * @param dir their folder: deploy/NAME, or a person's copy
 * @param root the repository, whose files a Dockerfile copies
 */
export async function checkFiles(name: TargetName, dir: string, root: string): Promise<Finding[]> {
  const target: Target = TARGETS[name];
  const findings: Finding[] = [];
  const facts: Facts[] = [];
  for (const { path: file, format, schema } of target.files) {
    const text = await readFile(path.join(dir, file), 'utf8').catch(() => undefined);
    const add = (message: string, level: Finding['level'] = 'error') =>
      findings.push({ level, file, message });
    if (text === undefined) {
      // An example is to be copied, not to be kept.
      if (!file.includes('.example')) add(`is missing in ${dir}. Copy it from deploy/${name}.`);
      continue;
    }
    if (!file.includes('.example')) addPlaceholders(text, add);
    try {
      const documents = parseFile(format, text).filter((document) => document !== null);
      if (schema) for (const document of documents) addIssues(schema, document, add);
      if (format === 'dockerfile') await addCopies(documents, root, add);
      if (!file.includes('.example')) facts.push(readFacts(file, documents));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      add(`is no ${format.toUpperCase()}: ${error.message}`);
    }
  }
  return [...findings, ...checkFacts(joinFacts(facts), name)];
}

type Add = (message: string, level?: Finding['level']) => void;

function addPlaceholders(text: string, add: Add): void {
  const code = text.replaceAll(/^\s*(#|\/\/).*$/gm, '');
  for (const [placeholder] of new Map([...code.matchAll(PLACEHOLDER)].map(([one]) => [one, one]))) {
    add(`"${placeholder}" is to be replaced by yours.`, 'todo');
  }
}

function addIssues(schema: v.GenericSchema, document: unknown, add: Add): void {
  const parsed = v.safeParse(schema, document);
  for (const issue of parsed.issues ?? []) {
    const at = v.getDotPath(issue);
    add(`${at ? `${at}: ` : ''}${inWords(issue)}`);
  }
}

/** Valibot's own sentences say "Invalid type: Expected string but received 8080". */
const inWords = ({ message, expected, received }: v.BaseIssue<unknown>): string =>
  /^Invalid /.test(message) && expected !== null ? `${expected} expected, got ${received}` : message;

async function addCopies(documents: readonly unknown[], root: string, add: Add): Promise<void> {
  const directives = documents.flatMap((document) => (document as { directives: Directive[] }).directives);
  for (const { name, value } of directives) {
    if (name !== 'COPY' || value.includes('--from=')) continue;
    const words = value.split(/\s+/).filter((word) => !word.startsWith('--'));
    for (const source of words.slice(0, -1)) {
      const isThere = await stat(path.join(root, source)).catch(() => undefined);
      if (!isThere)
        add(
          `COPY ${source}: there is no such file in ${root}. Correct the path, or build from the repository.`,
        );
    }
  }
  const users = directives.filter(({ name }) => name === 'USER');
  if (users.length === 0 || users.at(-1)?.value === 'root') {
    add('The server would run as root. Add "USER node" before ENTRYPOINT.');
  }
}

function checkFacts(
  { ports, healthPaths, stops, commands, environment }: Facts,
  name: TargetName,
): Finding[] {
  const errors: string[] = [];
  const { stopSeconds, platform }: Target = TARGETS[name];
  const settings = Object.fromEntries(environment.map(([key, { value }]) => [key, value]));
  for (const secret of SECRETS) delete settings[secret];
  // It is kept elsewhere, and has to be there.
  if (settings.QUEUE_USER !== undefined) settings.QUEUE_PASSWORD = 'kept elsewhere';
  const port = Number(
    settings.PORT ?? (name === 'nginx' || name === 'vps' ? DEFAULT_PORT.own : DEFAULT_PORT.image),
  );
  for (const { where, value } of ports) {
    if (value !== port)
      errors.push(`${where} is ${value}, and the server listens on ${port}. Make them one (PORT).`);
  }
  for (const { where, value } of healthPaths) {
    if (!HEALTH_PATHS.includes(value)) {
      errors.push(
        `${where}: the server has no health check at "${value}". Use /readyz, or /healthz for a restart.`,
      );
    }
  }
  // Where no file says it, the server takes what it knows of the platform.
  const { DRAIN_MS = v.getDefault(Environment.entries.DRAIN_MS) } = resolveSettings({
    env: { PLATFORM: platform, ...settings },
  }).env;
  const drainMs = Number(DRAIN_MS);
  const limits = stops.length > 0 ? stops : [{ where: 'the platform', value: stopSeconds }];
  for (const { where, value } of limits) {
    if (value * 1000 > drainMs) continue;
    errors.push(
      `${where} gives the server ${value} s to stop, and it may take ${drainMs / 1000} s. Raise that, or lower DRAIN_MS.`,
    );
  }
  for (const { where, value } of commands) {
    if (/\b(npm|npx|yarn|pnpm)\b/.test(value)) {
      errors.push(
        `${where}: "${value}" does not pass SIGTERM on. Start node itself: node dist/server/main.js`,
      );
    }
  }
  for (const [key, { where, value }] of environment) {
    if (!SECRETS.includes(key) || REFERENCE.test(value) || value.match(PLACEHOLDER)) continue;
    errors.push(
      `${where}: a secret stands in the file. Set it where the platform keeps secrets; the README says how.`,
    );
  }
  try {
    readConfig(settings, { root: '/' });
  } catch (error) {
    errors.push(error instanceof Error ? error.message : String(error));
  }
  return errors.map((message) => ({ level: 'error', message }));
}
