import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { withLock } from '../disk/lock.ts';
import { incomingDir } from '../disk/workspaces.ts';
import { createModelStore } from '../library/store.ts';
import { add, addSeveral } from './add.ts';
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
  showText,
  verify,
  verifyText,
} from './manage.ts';
import { createOwnServers } from './ownServers.ts';
import { findRunningServer } from './runningServer.ts';
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
const FLAGS = {
  add: {
    ...COMMON,
    ...IMPORT_FLAGS,
    samples: { type: 'string' },
    yes: { type: 'boolean', short: 'y' },
    'allow-private': { type: 'boolean' },
  },
  remove: { ...COMMON, yes: { type: 'boolean', short: 'y' } },
  link: COMMON,
  list: COMMON,
  show: COMMON,
  verify: COMMON,
  rollback: COMMON,
} as const;
type Command = keyof typeof FLAGS;
const isCommand = (name: string | undefined): name is Command =>
  name !== undefined && Object.hasOwn(FLAGS, name);

async function main(args: readonly string[]): Promise<number> {
  const [group, name, ...rest] = args;
  if (group === undefined || group === '--help' || group === '-h' || (group === 'models' && isHelp(name))) {
    process.stdout.write(`${USAGE['']}\n`);
    return args.length === 0 || (group === 'models' && name === undefined) ? 2 : 0;
  }
  if (group !== 'models' || !isCommand(name)) {
    throw new UsageError(`There is no command "${group === 'models' ? name : group}".\n\n${USAGE['']}`);
  }
  const { values, positionals } = readFlags(name, rest);
  if (values.help) {
    process.stdout.write(`${USAGE[name]}\n`);
    return 0;
  }
  return run(name, values, positionals);
}

const isHelp = (name: string | undefined) => name === undefined || name === '--help' || name === '-h';

const helpOn = (name: Command) => `"npm run models -- ${name} --help" lists its options.`;

function readFlags(name: Command, args: string[]) {
  try {
    // Flags of one command are no flags of another, and all of them are known here.
    const options = FLAGS[name] as (typeof FLAGS)['add'];
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
): Promise<number> {
  const context = await createContext(values.server);
  const { terminal } = context;
  const json = values.json ?? false;
  const yes = values.yes ?? false;
  const print = <T>(result: T, text: (result: T) => string) =>
    terminal.print(json ? JSON.stringify(result, withoutPictures, 2) : text(result));
  const [first, second] = positionals;
  const most = {
    add: Number.POSITIVE_INFINITY,
    link: 0,
    list: 0,
    show: 1,
    verify: 1,
    rollback: 2,
    remove: 1,
  }[name];
  if (positionals.length > most)
    throw new UsageError(`Unexpected argument "${positionals[most]}". ${helpOn(name)}`);
  const needed = (what: string): string => {
    if (first !== undefined) return first;
    throw new UsageError(`${what} is missing. ${helpOn(name)}`);
  };
  switch (name) {
    case 'add': {
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
      if (json) print(added, () => '');
      return added.outcome !== 'not accepted' ? 0 : terminal.canAsk ? 1 : 2;
    }
    case 'link':
      print(await link(context), ({ url }) => url);
      return 0;
    case 'list':
      print(await list(context), listText);
      return 0;
    case 'show':
      print(await show(needed('ID'), context), showText);
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
    case 'remove': {
      const done = await remove(needed('ID'), { yes }, context);
      if (json) print(done, () => '');
      return done.isRemoved ? 0 : 1;
    }
    default:
      return name satisfies never;
  }
}

async function createContext(server: string | undefined): Promise<CommandContext> {
  const config = readConfig(process.env, { root: ROOT });
  const { env } = process;
  // npm starts its scripts in the folder of the package, and INIT_CWD is where the person was.
  const from = env.npm_lifecycle_event === 'models' ? (env.INIT_CWD ?? process.cwd()) : process.cwd();
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
