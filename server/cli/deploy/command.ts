import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../usage.ts';
import { columns } from '../words.ts';
import { checkFiles, type Finding } from './check.ts';
import { checkMachine } from './machine.ts';
import { isTarget, TARGETS, type TargetName } from './targets.ts';

export const USAGE = `npm run livelens -- deploy check [TARGET] [OPTION]…

Checks the files of deploy/TARGET: their formats and what the platform needs, that ports, health checks and the time to
stop agree with the server, that no secret stands in them. Names what is left to fill in, and what is missing on this
machine. Without TARGET: lists all targets, and checks their files.

  --dir FOLDER      your copy of the files of TARGET, instead of deploy/TARGET
  --json            print the result as JSON on standard output

Exit codes: 0 no error, though something may be left to do; 1 an error; 2 the command line is wrong.

TARGET is one of
${columns(Object.entries(TARGETS).map(([name, { title }]) => [`  ${name}`, title]))}`;

const HELP = '"npm run livelens -- deploy check --help" shows more.';

interface Options {
  /** The package. */
  root: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Where the person is. */
  from: string;
  print: (text: string) => void;
}

/**
 * `livelens deploy …`
 * @returns the exit code
 * @throws UsageError
 */
export async function deploy(args: readonly string[], { root, env, from, print }: Options): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined || command === '--help' || command === '-h') {
    print(USAGE);
    return command === undefined ? 2 : 0;
  }
  if (command !== 'check') throw new UsageError(`There is no command "deploy ${command}". ${HELP}`);
  const { values, positionals } = readFlags(rest);
  if (values.help) {
    print(USAGE);
    return 0;
  }
  const [wanted, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`Unexpected argument "${more[0]}". ${HELP}`);
  if (wanted !== undefined && !isTarget(wanted)) {
    throw new UsageError(`There is no target "${wanted}". The targets: ${Object.keys(TARGETS).join(', ')}.`);
  }
  if (wanted === undefined && values.dir !== undefined) {
    throw new UsageError(`--dir needs a TARGET: of which platform is that folder? ${HELP}`);
  }
  const names = wanted === undefined ? (Object.keys(TARGETS) as TargetName[]) : [wanted];
  const dirOf = (name: TargetName) =>
    values.dir === undefined ? path.join(root, 'deploy', name) : path.resolve(from, values.dir);
  const reports = await Promise.all(
    names.map(async (target) => {
      const dir = dirOf(target);
      const files = await checkFiles(target, dir, root);
      // Of all at once, what is left to do would hide the errors.
      const machine = wanted === undefined ? [] : await checkMachine(target, dir, root, env);
      return { target, title: TARGETS[target].title, dir, findings: [...files, ...machine] };
    }),
  );
  const isWrong = reports.some(({ findings }) => findings.some(isError));
  if (values.json) print(JSON.stringify(reports, undefined, 2));
  else if (wanted === undefined) print(listText(reports));
  else print(reports.map(reportText).join('\n'));
  return isWrong ? 1 : 0;
}

function readFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        dir: { type: 'string' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${why}. ${HELP}`, { cause: error });
  }
}

interface Report {
  target: TargetName;
  title: string;
  dir: string;
  findings: Finding[];
}

const isError = ({ level }: Finding) => level === 'error';
const line = ({ level, file, message }: Finding) =>
  `  ${level === 'error' ? 'error' : 'to do'}  ${file ? `${file}: ` : ''}${message}`;

function reportText({ target, dir, findings }: Report): string {
  const errors = findings.filter(isError);
  const rest = findings.filter((one) => !isError(one));
  const end =
    errors.length > 0
      ? `${target}: ${errors.length} to correct.`
      : rest.length > 0
        ? `${target}: no error; ${rest.length} left to do.`
        : `${target}: nothing is missing. ${path.join(dir, 'README.md')} has the next steps.`;
  return [...errors.map(line), ...rest.map(line), end].join('\n');
}

function listText(reports: readonly Report[]): string {
  const rows = reports.map(({ target, title, findings }) => {
    const errors = findings.filter(isError).length;
    return [target, errors > 0 ? `${errors} to correct` : 'ok', title];
  });
  const errors = reports.flatMap(({ target, findings }) =>
    findings
      .filter(isError)
      .map((one) => line({ ...one, file: `${target}${one.file ? `/${one.file}` : ''}` })),
  );
  return [
    ...errors,
    columns(rows),
    `"npm run livelens -- deploy check TARGET" says what is left to do there.`,
  ].join('\n');
}
