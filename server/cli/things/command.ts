import { parseArgs } from 'node:util';
import { ExportKind } from '../../../protocol/things.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../usage.ts';
import { addPictures, exportTo, importFrom, removeCollection } from './change.ts';
import { embeddersOf } from './embedders.ts';
import { detailsText, embeddersText, listText } from './text.ts';

export const USAGE = `npm run livelens -- things COMMAND [OPTION]…

What people taught: collections of things, on a server that runs.

  list                          list the collections that everyone may see
  show COLLECTION               its things, with their samples
  add COLLECTION NAME PICTURE…  teach a thing by pictures, or folders of them; makes what is not there
  export COLLECTION --as KIND   a zip: "collection" for another server, "onnx" for any runtime, "pictures" for training
  import FILE                   make a collection of one that was exported
  embedders COLLECTION          which models can compare its things, and which one does
  delete COLLECTION             delete it with all its things

  --nothing         with add: the pictures show none of the things; they make what is unknown better known
  --as KIND         collection, onnx or pictures
  --out FILE        with export: where to write. Default: COLLECTION.zip, COLLECTION-onnx.zip or COLLECTION-pictures.zip
  --name ID         with import: the collection's id. Default: the one that it had
  --compare         with embedders: try all of them on its samples first
  --use MODEL       with embedders: let this one compare its things from now on
  --yes             with delete: do not ask
  --server URL      the server. Default: the one of yours that runs on this machine. Another one needs ADMIN_TOKEN to change
                    anything
  --json            print the result as JSON on standard output

Exit codes: 0 done; 1 failed or refused; 2 the command line is wrong, or confirmation is missing; 130 interrupted.
docs/things.md explains it.`;

const HELP = '"npm run livelens -- things --help" lists all commands and options.';

const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  server: { type: 'string' },
  nothing: { type: 'boolean' },
  as: { type: 'string' },
  out: { type: 'string' },
  name: { type: 'string' },
  compare: { type: 'boolean' },
  use: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
} as const;
type Flag = keyof typeof FLAGS;

/** The arguments of each command, and its own flags. */
const COMMANDS = {
  list: { takes: [], flags: [] },
  show: { takes: ['COLLECTION'], flags: [] },
  add: { takes: ['COLLECTION', 'NAME', 'PICTURE'], flags: ['nothing'] },
  export: { takes: ['COLLECTION'], flags: ['as', 'out'] },
  import: { takes: ['FILE'], flags: ['name'] },
  embedders: { takes: ['COLLECTION'], flags: ['compare', 'use'] },
  delete: { takes: ['COLLECTION'], flags: ['yes'] },
} as const satisfies Record<string, { takes: readonly string[]; flags: readonly Flag[] }>;
type Command = keyof typeof COMMANDS;
const isCommand = (name: string | undefined): name is Command =>
  name !== undefined && Object.hasOwn(COMMANDS, name);

const COMMON: readonly string[] = ['help', 'json', 'server'];

/**
 * `livelens things …`
 * @param openContext with the address that `--server` names
 * @returns the exit code
 * @throws UsageError, ClientError, CommandError
 */
export async function things(
  args: readonly string[],
  openContext: (server: string | undefined) => Promise<CommandContext>,
): Promise<number> {
  const { values, positionals } = readFlags(args);
  const [command, ...given] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(`${USAGE}\n`);
    return values.help ? 0 : 2;
  }
  if (!isCommand(command)) throw new UsageError(`There is no command "things ${command}". ${HELP}`);
  const { takes, flags } = COMMANDS[command];
  const foreign = Object.keys(values).find(
    (flag) => !COMMON.includes(flag) && !flags.some((one) => one === flag),
  );
  if (foreign !== undefined) throw new UsageError(`things ${command} has no --${foreign}. ${HELP}`);
  const missing = takes[given.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing. ${HELP}`);
  if (given.length > takes.length && command !== 'add') {
    throw new UsageError(`Unexpected argument "${given[takes.length]}". ${HELP}`);
  }
  const kind = command === 'export' ? readKind(values.as) : 'collection';

  const context = await openContext(values.server);
  const { terminal } = context;
  const server = context.remote ?? (await context.servers.running());
  const print = <T>(result: T, text: (result: T) => string) =>
    terminal.print(values.json ? JSON.stringify(result, null, 2) : text(result));
  /** Standard output is for what was asked for; that something was done is said on the other one. */
  const printDone = (result: unknown) => {
    if (values.json) print(result, () => '');
  };
  const [first = '', second = '', ...others] = given;
  switch (command) {
    case 'list':
      print(await server.things.list(), listText);
      return 0;
    case 'show':
      print(await server.things.show(first), detailsText);
      return 0;
    case 'add': {
      const isNothing = values.nothing ?? false;
      printDone(await addPictures(server, context, { collection: first, name: second, isNothing }, others));
      return 0;
    }
    case 'export':
      printDone(await exportTo(server, context, { collection: first, as: kind, out: values.out }));
      return 0;
    case 'import':
      printDone(await importFrom(server, context, { file: first, name: values.name }));
      return 0;
    case 'embedders': {
      const { compare: isCompared = false, use } = values;
      print(await embeddersOf(server, context, { collection: first, isCompared, use }), embeddersText);
      return 0;
    }
    case 'delete': {
      const done = await removeCollection(server, context, first, values.yes ?? false);
      printDone(done);
      return done.isRemoved ? 0 : 1;
    }
    default:
      return command satisfies never;
  }
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true, strict: true });
  } catch (error) {
    const why = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${why}. ${HELP}`, { cause: error });
  }
}

function readKind(text: string | undefined): ExportKind {
  const kind = ExportKind.options.find((one) => one === text);
  if (kind !== undefined) return kind;
  const given = text === undefined ? 'nothing' : `"${text}"`;
  throw new UsageError(`--as: expected ${ExportKind.options.join(', ')}, got ${given}. ${HELP}`);
}
