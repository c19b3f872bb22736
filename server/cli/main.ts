import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf } from '../../protocol/errors.ts';
import { readConfig } from '../config/config.ts';
import { refuseOthers } from '../config/settingFlags.ts';
import { resolveSettings, type Settings } from '../config/settings.ts';
import { withLock } from '../disk/lock.ts';
import { incomingDir } from '../disk/workspaces.ts';
import { createModelStore } from '../library/store.ts';
import { add, addSeveral } from './add.ts';
import { chooseWords, promptsText, wordsText } from './chooseWords.ts';
import { configInForce, configText } from './config.ts';
import { type CommandContext, Interrupted } from './context.ts';
import { IMPORT_FLAGS, readImportFlags } from './importFlags.ts';
import { link } from './link.ts';
import {
  isVerified,
  list,
  listText,
  remove,
  rollback,
  show,
  showServed,
  showText,
  verify,
  verifyText,
} from './manage.ts';
import { createOwnServers } from './ownServers.ts';
import { type QuantizeOptions, quantize } from './quantize.ts';
import { readBits, readCount, readVersions } from './readArguments.ts';
import { findRunningServer } from './runningServer.ts';
import { score } from './score.ts';
import { scoreText } from './scoreText.ts';
import { openTerminal } from './terminal.ts';
import { USAGE, UsageError } from './usage.ts';

/** The command `livelens`; `usage.ts` describes its options and exit codes. */

/** The package; built, this is a file in dist/server, which is as deep. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const COMMON = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  server: { type: 'string' },
} as const;
const QUANTIZE_FLAGS = { pictures: { type: 'string' }, bits: { type: 'string' } } as const;
const FLAGS = {
  add: {
    ...COMMON,
    ...IMPORT_FLAGS,
    samples: { type: 'string' },
    yes: { type: 'boolean', short: 'y' },
    'allow-private': { type: 'boolean' },
    quantize: { type: 'boolean' },
    ...QUANTIZE_FLAGS,
  },
  quantize: { ...COMMON, ...QUANTIZE_FLAGS, yes: { type: 'boolean', short: 'y' } },
  score: {
    ...COMMON,
    version: { type: 'string', multiple: true },
    truth: { type: 'string' },
    worst: { type: 'string' },
  },
  remove: { ...COMMON, yes: { type: 'boolean', short: 'y' } },
  link: COMMON,
  list: COMMON,
  show: COMMON,
  verify: COMMON,
  rollback: COMMON,
  words: COMMON,
} as const;
type Command = keyof typeof FLAGS;
const isCommand = (name: string | undefined): name is Command =>
  name !== undefined && Object.hasOwn(FLAGS, name);

async function main(args: readonly string[]): Promise<number> {
  // Its flags are its own.
  if (args[0] === 'deploy') {
    const from = process.env.INIT_CWD ?? process.cwd();
    const print = (text: string) => void process.stdout.write(`${text}\n`);
    const { deploy } = await import('./deploy/command.ts');
    return deploy(args.slice(1), { root: ROOT, env: process.env, from, print });
  }
  // npm starts its scripts in the folder of the package, where the server starts, too.
  const settings = resolveSettings({ env: process.env, args, folders: [process.cwd(), ROOT] });
  const [group, name, ...rest] = settings.rest;
  if (group === undefined || group === '--help' || group === '-h' || (group === 'models' && isHelp(name))) {
    process.stdout.write(`${USAGE['']}\n`);
    return args.length === 0 || (group === 'models' && name === undefined) ? 2 : 0;
  }
  if (group === 'config') return showConfig(settings);
  // bin/livelens.js starts these itself, unless help is wanted.
  if (group === 'serve' || group === 'worker') {
    if (!args.some(isHelp))
      throw new UsageError(`Write "${group}" before its settings: livelens ${group} --port 8080`);
    process.stdout.write(`${USAGE[group]}\n`);
    return 0;
  }
  if (group === 'things') {
    const { things } = await import('./things/command.ts');
    return things(settings.rest.slice(1), (server) => createContext(server, settings));
  }
  if (group === 'top') {
    const { top } = await import('./top/command.ts');
    const { serverSource } = await import('./top/serverSource.ts');
    const { queue } = readConfig(settings.env, { root: ROOT, settings });
    return top(settings.rest.slice(1), {
      openFleet: queue && (async () => (await import('./top/openFleet.ts')).openFleet(queue)),
      async openServer(address) {
        const { remote, servers } = await createContext(address, settings);
        return serverSource(remote ?? (await servers.running()));
      },
      input: process.stdin,
      output: process.stdout,
      env: process.env,
      signal: stop.signal,
    });
  }
  if (group !== 'models' || !isCommand(name)) {
    throw new UsageError(`There is no command "${group === 'models' ? name : group}".\n\n${USAGE['']}`);
  }
  const { values, positionals } = readFlags(name, rest);
  if (values.help) {
    process.stdout.write(`${USAGE[name]}\n`);
    return 0;
  }
  return run(name, values, positionals, settings);
}

const isHelp = (name: string | undefined) => name === undefined || name === '--help' || name === '-h';

const DEFAULT_WORST = 10;

const helpOn = (name: Command) => `"npm run models -- ${name} --help" lists its options.`;

function readFlags(name: Command, args: string[]) {
  try {
    // Flags of one command are no flags of another, and all of them are known here.
    const options = FLAGS[name] as (typeof FLAGS)['add'] & (typeof FLAGS)['score'];
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    const why = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${why}. ${helpOn(name)}`, { cause: error });
  }
}

async function run(
  name: Command,
  values: ReturnType<typeof readFlags>['values'],
  positionals: readonly string[],
  settings: Settings,
): Promise<number> {
  const context = await createContext(values.server, settings);
  const { terminal } = context;
  const json = values.json ?? false;
  const yes = values.yes ?? false;
  const print = <T>(result: T, text: (result: T) => string) =>
    terminal.print(json ? JSON.stringify(result, withoutPictures, 2) : text(result));
  const [first, second] = positionals;
  const most = {
    add: Number.POSITIVE_INFINITY,
    quantize: 1,
    score: 2,
    link: 0,
    list: 0,
    show: 1,
    verify: 1,
    rollback: 2,
    remove: 1,
    words: Number.POSITIVE_INFINITY,
  }[name];
  if (positionals.length > most)
    throw new UsageError(`Unexpected argument "${positionals[most]}". ${helpOn(name)}`);
  const needed = (what: string): string => {
    if (first !== undefined) return first;
    throw new UsageError(`${what} is missing. ${helpOn(name)}`);
  };
  const quantizing: QuantizeOptions = {
    picturesDir: values.pictures === undefined ? undefined : context.resolve(values.pictures),
    bits: readBits(values.bits),
    yes,
    json,
  };
  switch (name) {
    case 'add': {
      if (values.quantize && (context.remote || positionals.length > 1)) {
        throw new UsageError('--quantize works for one model of this machine, not with --server.');
      }
      if (!values.quantize && (values.pictures ?? values.bits) !== undefined) {
        throw new UsageError('--pictures and --bits are for an int8 version: pass --quantize as well.');
      }
      const options = await readImportFlags(values, context.resolve, terminal.say);
      const samplesDir = values.samples === undefined ? undefined : context.resolve(values.samples);
      const allowPrivate = values['allow-private'] ?? false;
      const how = { options, samplesDir, yes, json, allowPrivate };
      const source = needed('SOURCE');
      if (positionals.length > 1) {
        const all = await addSeveral(positionals, how, context);
        if (json) print(all, () => '');
        return all.every((one) => 'outcome' in one && one.outcome !== 'not accepted') ? 0 : 1;
      }
      const added = await add(source, how, context);
      if (values.quantize && added.outcome !== 'not accepted') {
        const quantized = await quantize(added.report.id, quantizing, context).catch((cause: unknown) => {
          // The model itself was added.
          if (json) print({ ...added, quantized: { error: messageOf(cause) } }, () => '');
          throw cause;
        });
        if (json) print({ ...added, quantized }, () => '');
        return 0;
      }
      if (json) print(added, () => '');
      return added.outcome !== 'not accepted' ? 0 : terminal.canAsk ? 1 : 2;
    }
    case 'quantize': {
      const done = await quantize(needed('ID'), quantizing, context);
      if (json) print(done, () => '');
      if (done.outcome === 'not accepted') return terminal.canAsk ? 1 : 2;
      return done.outcome === 'slower' ? 1 : 0;
    }
    case 'score': {
      const { id, versions } = readVersions(needed('ID'), values.version ?? []);
      if (second === undefined) throw new UsageError(`FOLDER is missing. ${helpOn(name)}`);
      const options = {
        folder: context.resolve(second),
        versions,
        truthFile: values.truth === undefined ? undefined : context.resolve(values.truth),
        worst: readCount('--worst', values.worst) ?? DEFAULT_WORST,
      };
      print(await score(id, options, context), scoreText);
      return 0;
    }
    case 'link':
      print(await link(context), ({ url }) => url);
      return 0;
    case 'list':
      print(await list(context), listText);
      return 0;
    case 'show':
      print(await showServed(needed('ID'), context), showText);
      return 0;
    case 'verify': {
      const found = await verify(first, context);
      print(found, (all) => all.map(verifyText).join('\n'));
      return found.every(isVerified) ? 0 : 1;
    }
    case 'rollback': {
      const done = await rollback(needed('ID'), second, context);
      if (json) print(done, () => '');
      return 0;
    }
    case 'words': {
      const [, ...words] = positionals;
      if (words.length === 0) print((await show(needed('ID'), context)).labels, wordsText);
      else print(await chooseWords(needed('ID'), words, context), ({ report }) => promptsText(report));
      return 0;
    }
    case 'remove': {
      const done = await remove(needed('ID'), { yes }, context);
      if (json) print(done, () => '');
      return done.isRemoved ? 0 : 1;
    }
    default:
      return name satisfies never;
  }
}

/** Prints what is in force. It does not, and fails, where the server would not start. */
function showConfig(settings: Settings): number {
  const flags = settings.rest.slice(1);
  if (flags.some(isHelp)) {
    process.stdout.write(`${USAGE.config}\n`);
    return 0;
  }
  refuseOthers(flags, ['--json']);
  const shown = configInForce(settings, readConfig(settings.env, { root: ROOT, settings }));
  const text = flags.includes('--json') ? JSON.stringify(shown, undefined, 2) : configText(shown);
  process.stdout.write(`${text}\n`);
  return 0;
}

async function createContext(server: string | undefined, settings: Settings): Promise<CommandContext> {
  const config = readConfig(settings.env, { root: ROOT, settings });
  const { env } = process;
  // npm starts its scripts in the folder of the package, and INIT_CWD is where the person was.
  const isScript = env.npm_lifecycle_event === 'models' || env.npm_lifecycle_event === 'livelens';
  const from = isScript ? (env.INIT_CWD ?? process.cwd()) : process.cwd();
  // The loader of TypeScript is found from here.
  process.chdir(ROOT);
  const { signal } = stop;
  const { modelsDir } = config;
  const store = createModelStore(modelsDir);
  if (server !== undefined && !/^https?:\/\//.test(server)) {
    throw new UsageError(`--server: expected an address such as https://lens.example, got "${server}".`);
  }
  const terminal = openTerminal(signal);
  const servers = createOwnServers(config, signal);
  if (server?.startsWith('http:') && config.adminToken !== undefined) {
    terminal.say(`${server} uses plain http: anyone on the network path can read the token.`);
  }
  return {
    config,
    store,
    terminal,
    signal,
    servers,
    remote: server === undefined ? undefined : await servers.clientOf(server),
    resolve: (file) => path.resolve(from, file),
    runExclusive: (kind, work) =>
      withLock(path.join(incomingDir(modelsDir), 'locks', `.${kind}.lock`), work, {
        waitMs: Number.POSITIVE_INFINITY,
        signal,
        onWait: () =>
          terminal.step(`Waits: another model is being ${kind === 'import' ? 'imported' : 'tried'}`),
      }),
    running: async () => findRunningServer(await servers.serving(modelsDir), { store, modelsDir, signal }),
  };
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    stop.abort();
    // A second one ends the process immediately.
    process.once(name, () => process.exit(130));
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (stop.signal.aborted) {
      const statusText = error instanceof Interrupted ? error.message : 'nothing changed.';
      process.stderr.write(`\nInterrupted; ${statusText}\n`);
      process.exitCode = 130;
      return;
    }
    process.stderr.write(`\nlivelens: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);

/** The thumbnails of a report are for the page; in a terminal they are screens full of letters. */
function withoutPictures(key: string, value: unknown): unknown {
  return key === 'thumbnail' ? undefined : value;
}
