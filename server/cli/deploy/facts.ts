import type { Directive } from './parse.ts';

/** Something that a file says, and where. */
export interface Fact<T> {
  where: string;
  value: T;
}

/** What the files of a target say that has to agree with the server, or with each other. */
export interface Facts {
  /** On which a platform or a proxy looks for the server. */
  ports: Fact<number>[];
  healthPaths: Fact<string>[];
  /** From the signal to the kill, seconds. */
  stops: Fact<number>[];
  commands: Fact<string>[];
  /** Settings of the server, as texts; of one that stands in several places, each. */
  environment: [name: string, fact: Fact<string>][];
}

const PORT_KEYS = ['containerPort', 'internal_port'];
const HEALTH_KEYS = ['healthcheckPath', 'healthCheckPath', 'HealthCheckPath', '--container-health-route'];
const STOP_KEYS = [
  'terminationGracePeriodSeconds',
  'kill_timeout',
  'drainingSeconds',
  'maxShutdownDelaySeconds',
  'stop_grace_period',
  'TimeoutStopSec',
];
const COMMAND_KEYS = ['startCommand', 'dockerCommand', 'ExecStart'];
/** Objects below these are names and values for the process. */
const VARIABLES =
  /^(env|env_variables|environment|Environment|environment_variables|--container-env-vars|aws:elasticbeanstalk:application:environment)$/;
/** Below these, `path` and `port` are of a health check. */
const PROBE = /probe|check|liveness|readiness/i;

/** Reads facts by the names that platforms give them, wherever they stand: a person's copy may be laid out differently. */
export function readFacts(file: string, documents: readonly unknown[]): Facts {
  const facts: Facts = { ports: [], healthPaths: [], stops: [], commands: [], environment: [] };
  for (const document of documents) visit(document, [], { file, facts });
  return facts;
}

export function joinFacts(all: readonly Facts[]): Facts {
  return {
    ports: all.flatMap(({ ports }) => ports),
    healthPaths: all.flatMap(({ healthPaths }) => healthPaths),
    stops: all.flatMap(({ stops }) => stops),
    commands: all.flatMap(({ commands }) => commands),
    environment: all.flatMap(({ environment }) => environment),
  };
}

interface Visit {
  file: string;
  facts: Facts;
}

function visit(value: unknown, path: readonly string[], to: Visit): void {
  if (Array.isArray(value)) {
    value.forEach((one, i) => {
      visit(one, [...path, String(i)], to);
    });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const at = (key: string) => `${to.file}: ${[...path, key].join('.')}`;
  const last = path.findLast((part) => !/^\d+$/.test(part)) ?? '';
  const { facts } = to;
  const variable = variableOf(value);
  if (variable) setVariable(facts, variable.name, { where: at(variable.name), value: variable.value });
  if (last === 'directives') readDirective(value as Directive, to);
  for (const [key, inner] of Object.entries(value)) {
    if (isScalar(inner))
      readScalar(
        { key, text: String(inner), where: at(key), last, isProbe: path.some((part) => PROBE.test(part)) },
        facts,
      );
    visit(inner, [...path, key], to);
  }
}

interface Scalar {
  key: string;
  text: string;
  where: string;
  /** The name that it stands below. */
  last: string;
  isProbe: boolean;
}

function readScalar({ key, text, where, last, isProbe }: Scalar, facts: Facts): void {
  const fact = { where, value: text };
  if (VARIABLES.test(last)) setVariable(facts, key, fact);
  if (last === 'processes' || COMMAND_KEYS.includes(key)) facts.commands.push(fact);
  if (HEALTH_KEYS.includes(key) || (key === 'path' && isProbe)) facts.healthPaths.push(fact);
  const seconds = STOP_KEYS.includes(key) ? inSeconds(text) : undefined;
  if (seconds !== undefined) facts.stops.push({ where, value: seconds });
  const isPort = PORT_KEYS.includes(key) || (key === 'port' && isProbe);
  // A probe may name a port instead.
  if (isPort && /^\d+$/.test(text)) facts.ports.push({ where, value: Number(text) });
}

/** `{name: 'PORT', value: '8080'}`, or with `key`; undefined of anything else. */
function variableOf(object: object): Directive | undefined {
  const { name, key, value } = object as Record<string, unknown>;
  const given = name ?? key;
  if (typeof given !== 'string' || !/^[A-Z][A-Z0-9_]+$/.test(given) || !isScalar(value)) return undefined;
  return { name: given, value: String(value) };
}

const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);

function setVariable(facts: Facts, name: string, fact: Fact<string>): void {
  facts.environment.push([name, fact]);
  if (name === 'WEBSITES_PORT') facts.ports.push({ ...fact, value: Number(fact.value) });
  if (name === 'WEBSITES_CONTAINER_STOP_TIME_LIMIT') facts.stops.push({ ...fact, value: Number(fact.value) });
}

/** Of nginx, Caddy and Dockerfiles. */
function readDirective({ name, value }: Directive, { file, facts }: Visit): void {
  const where = `${file}: ${name}`;
  const isUpstream = name === 'reverse_proxy' || name === 'proxy_pass' || name === 'server';
  const [, upstream] = /(?:127\.0\.0\.1|localhost|livelens):(\d+)/.exec(value) ?? [];
  if (isUpstream && upstream !== undefined) facts.ports.push({ where, value: Number(upstream) });
  if (name === 'EXPOSE') facts.ports.push({ where, value: Number(value) });
  if (name === 'ENTRYPOINT') facts.commands.push({ where, value });
  if (name === 'HEALTHCHECK') {
    const [, path] = /127\.0\.0\.1:[^/]*(\/\w+)/.exec(value) ?? [];
    facts.healthPaths.push({ where, value: path ?? '' });
  }
  if (name === 'ENV') {
    for (const [, key = '', text = ''] of value.matchAll(/([A-Z][A-Z0-9_]*)=("[^"]*"|\S+)/g)) {
      facts.environment.push([key, { where: `${where} ${key}`, value: text.replaceAll('"', '') }]);
    }
  }
}

/** 30, "30", "30s", "5m", "1m30s"; undefined of anything else. */
function inSeconds(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const [, minutes, seconds] = /^(?:(\d+)m(?:in)?)?\s*(?:(\d+)s(?:ec)?)?$/.exec(text) ?? [];
  return minutes === undefined && seconds === undefined
    ? undefined
    : Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
}
