import { parseArgs } from 'node:util';
import { UsageError } from '../usage.ts';
import { plain } from '../words.ts';
import { SORTS, type Sort } from './fleetLines.ts';
import { type Source, watchScreen } from './watchScreen.ts';

export const USAGE = `npm run livelens -- top [OPTION]…

What goes on now, live: of many machines their gateways and workers with sessions, labels a second, ages and versions of models; of
one server its sessions, ages, workers and models. Above them stands what is wrong. In a pipe it is printed once, as a table.

  --queue URL       the NATS servers that gateways and workers meet at, as in "livelens serve --queue URL". Who you are there
                    stands in the settings QUEUE_USER, QUEUE_PASSWORD and others (docs/many-machines.md)
  --server URL      one server instead. Needs ADMIN_TOKEN, unless you started that server yourself on this machine.
                    Default without --queue and QUEUE: the server of yours that runs on this machine
  --sort COLUMN     ${SORTS.join(', ')}; labels, memory and age begin with the highest. Default: name. Key: s
  --json            print the state once as JSON on standard output

Keys: s sorts by the next column, q or Ctrl-C ends it. NO_COLOR=1 in the environment: no colours.
Exit codes: 0 ended; 1 nothing can be reached; 2 the command line is wrong.`;

const HELP = '"npm run livelens -- top --help" lists all options.';

interface TopOptions {
  /** The fleet of the settings; undefined where they name no queue. */
  openFleet: (() => Promise<Source>) | undefined;
  openServer(address: string | undefined): Promise<Source>;
  input: Parameters<typeof watchScreen>[1]['input'];
  output: Parameters<typeof watchScreen>[1]['output'] & { isTTY?: boolean };
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/** Of a table in a pipe: as `ps` does, nothing is cut that could be read. */
const PIPE = { width: 1_000, height: Number.POSITIVE_INFINITY, hasKeys: false };

/**
 * `livelens top`
 * @param args without settings
 * @returns the exit code
 * @throws UsageError, and what says that nothing can be reached
 */
export async function top(args: readonly string[], options: TopOptions): Promise<number> {
  const values = readFlags(args);
  const { output, input, env, signal } = options;
  if (values.help) {
    output.write(`${USAGE}\n`);
    return 0;
  }
  const sort = readSort(values.sort);
  const source =
    values.server === undefined && options.openFleet
      ? await options.openFleet()
      : await options.openServer(values.server);
  try {
    const isScreen = output.isTTY === true && env.TERM !== 'dumb' && !values.json;
    if (isScreen) {
      await watchScreen(source, { sort, signal, input, output, hasColours: !env.NO_COLOR });
      return signal.aborted ? 130 : 0;
    }
    await Promise.race([source.heard, aborted(signal)]);
    if (signal.aborted) return 130;
    const text = values.json
      ? JSON.stringify(source.json(), undefined, 2)
      : source
          .lines({ ...PIPE, sort })
          .map((line) => line.text)
          .join('\n');
    output.write(`${plain(text)}\n`);
    return 0;
  } finally {
    await source.close();
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        server: { type: 'string' },
        sort: { type: 'string' },
      },
      allowPositionals: false,
    }).values;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${why}. ${HELP}`, { cause: error });
  }
}

function readSort(text: string | undefined): Sort {
  if (text === undefined) return 'name';
  const sort = SORTS.find((one) => one === text);
  if (sort !== undefined) return sort;
  throw new UsageError(`--sort: expected ${SORTS.join(', ')}, got "${text}". ${HELP}`);
}
