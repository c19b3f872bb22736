import { openAsBlob } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from '../../client/clientError.ts';
import type { HttpClient } from '../../client/http/httpClient.ts';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import type { ImportOptions, ImportReport, ImportState } from '../../protocol/models.ts';
import { runImport } from '../import/run/process.ts';
import { conflictText, findConflict } from '../import/service/nameConflict.ts';
import { isRemoteSource, receiveSource } from '../import/sources/receive.ts';
import { assertModelId } from '../library/modelId.ts';
import { activateLocally } from './activateLocally.ts';
import { askFirst } from './askFirst.ts';
import { afterChange, type CommandContext, CommandError } from './context.ts';
import { undoCommand } from './localChanges.ts';
import { packFolder } from './pack.ts';
import { picturesIn } from './picturesIn.ts';
import { reportText } from './reportText.ts';
import { UsageError } from './usage.ts';
import { detailLines } from './words.ts';

export interface AddOptions {
  options: ImportOptions;
  samplesDir: string | undefined;
  yes: boolean;
  json: boolean;
  allowPrivate: boolean;
}

/** What became of it, as `--json` prints it. */
export interface Added {
  report: ImportReport;
  /** `activated`: it is on the disk, and no server that runs here took it up. */
  outcome: 'live' | 'activated' | 'not accepted';
}

/** `npm run models -- add`: @throws ImportError, CommandError, UsageError */
export async function add(given: string, options: AddOptions, context: CommandContext): Promise<Added> {
  const source = isRemoteSource(given) ? given : context.resolve(given);
  return context.remote
    ? addToServer(source, options, context, context.remote)
    : addLocally(source, options, context);
}

/** What became of each of several. */
export type AddedOrFailed = { source: string } & (Added | { error: string });

/**
 * Adds one after the other, and goes on where one cannot be added; says of each what is wrong.
 * @throws UsageError where all would get one id; the signal's reason when it aborts
 */
export async function addSeveral(
  sources: readonly string[],
  options: AddOptions,
  context: CommandContext,
): Promise<AddedOrFailed[]> {
  if (options.options.id !== undefined || options.options.name !== undefined) {
    throw new UsageError('--id and --name apply to one model, and several were given. Add them one by one.');
  }
  const results: AddedOrFailed[] = [];
  for (const source of sources) {
    try {
      results.push({ source, ...(await add(source, options, context)) });
    } catch (cause) {
      if (context.signal.aborted || cause instanceof UsageError) throw cause;
      context.terminal.say(`livelens: ${source}: ${messageOf(cause)}`);
      results.push({ source, error: messageOf(cause) });
    }
  }
  return results;
}

async function addLocally(source: string, options: AddOptions, context: CommandContext): Promise<Added> {
  const { store, terminal, signal } = context;
  const samples = options.samplesDir === undefined ? undefined : await readSamples(options.samplesDir);
  await store.clean((what) => terminal.say(what));
  const workspace = await store.stage();
  try {
    const dir = path.join(workspace.dir, 'model');
    const stagingDir = path.join(workspace.dir, 'version');
    await mkdir(dir);
    await mkdir(stagingDir);
    const files = await receive(source, dir, options.allowPrivate, context);
    const { report, manifest } = await context.runExclusive('import', () =>
      runImport(files, options.options, {
        stagingDir,
        signal,
        onProgress: (message) => terminal.step(String(message)),
        ...(samples && { samples }),
      }),
    );
    assertModelId(report.id);
    const { folders } = files.hints ?? {};
    return await confirmAndActivate(
      { report, manifest, ...(folders && { folders }) },
      stagingDir,
      options,
      context,
    );
  } finally {
    await workspace.close();
  }
}

/** Asks, and makes it live; asks again where another command took the id in the meantime. */
async function confirmAndActivate(
  imported: Parameters<typeof findConflict>[0],
  stagingDir: string,
  options: AddOptions,
  context: CommandContext,
): Promise<Added> {
  const { store } = context;
  const { isNew, conflict } = await findConflict(imported, options.options, store);
  const found: ImportReport = { ...imported.report, ...(conflict && { conflict }) };
  const versions = await store.versions(found.id).catch(() => []);
  if (!(await confirmImport(found, versions[0]?.version, options, context))) {
    return { report: found, outcome: 'not accepted' };
  }
  const { id, name } = conflict?.free ?? found;
  const report = { ...imported.report, id, name };
  try {
    const how = { isNew, ...(conflict && { name }) };
    const outcome = await context.runExclusive('change', () => activateLocally(id, stagingDir, how, context));
    return { report, outcome };
  } catch (error) {
    const isTaken = isNew && error instanceof CodedError && error.code === 'conflict';
    if (isTaken) return confirmAndActivate(imported, stagingDir, options, context);
    throw error;
  }
}

/** The server at the other address inspects the model itself. */
async function addToServer(
  source: string,
  options: AddOptions,
  context: CommandContext,
  client: HttpClient,
): Promise<Added> {
  const { terminal } = context;
  if (options.samplesDir !== undefined)
    throw new UsageError('--samples works only for models of this machine, not with --server.');
  let said = '';
  const follow = (started: ImportState) =>
    client.imports.settled(started, {
      onChange({ message, received }) {
        if (received) terminal.bytes(received.bytes, received.of);
        if (message && message !== said) terminal.step(message);
        said = message ?? said;
      },
    });
  const started = await retryWhileBusy(context, () =>
    isRemoteSource(source)
      ? client.imports.fetchFrom(source, { options: options.options })
      : send(source, options, context, client),
  );
  try {
    let state = await follow(started);
    // Asked again where another import took the id in the meantime.
    do {
      const { report, error } = state;
      if (!report) throw new CommandError(error?.message ?? `${client.url} could not inspect it.`);
      const { models } = await client.models();
      const { free } = report.conflict ?? {};
      const id = free?.id ?? report.id;
      const before = models.find((model) => model.id === id)?.version;
      if (!(await confirmImport(report, before, options, context)))
        return { report, outcome: 'not accepted' };
      const statusText = `${client.url} is still trying ${id}@${report.version}. ${undoCommand(id, before)} undoes it.`;
      state = await afterChange(context.signal, statusText, async () =>
        follow(await client.imports.accept(started.id, { as: free?.id })),
      );
    } while (state.phase === 'asking');
    const { phase, report, error } = state;
    if (phase !== 'live' || report === undefined) {
      throw new CommandError(
        [
          `${client.url} refused ${report ? `${report.id}@${report.version}` : source}: ${error?.message ?? phase}`,
          ...detailLines(error?.details),
        ].join('\n'),
      );
    }
    terminal.say(`${report.id}@${report.version} is live at ${client.url}.`);
    return { report, outcome: 'live' };
  } finally {
    await client.imports.discard(started.id).catch(() => {});
  }
}

const ASK_AGAIN_MS = 1_000;

/** A server takes a few imports at once; the others wait until it has room. */
async function retryWhileBusy<T>({ terminal, signal }: CommandContext, begin: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await begin();
    } catch (cause) {
      if (!(cause instanceof ClientError) || cause.code !== 'server_busy') throw cause;
      terminal.step(`Waits: ${cause.message}`);
    }
    await sleep(ASK_AGAIN_MS, undefined, { signal });
  }
}

async function send(
  source: string,
  { options, allowPrivate }: AddOptions,
  context: CommandContext,
  client: HttpClient,
): Promise<ImportState> {
  const workspace = await context.store.stage();
  try {
    const dir = path.join(workspace.dir, 'model');
    await mkdir(dir);
    await receive(source, dir, allowPrivate, context);
    const name = path.basename(source).replace(/\.[^.]*$/, '');
    const file = await packFolder(dir, path.join(workspace.dir, `${name}.zip`));
    context.terminal.step(`Sending it to ${client.url}`);
    const sent = await client.imports.upload(await openAsBlob(file), { name: path.basename(file) });
    if (Object.keys(options).length === 0) return sent;
    await client.imports.settled(sent);
    return await client.imports.setOptions(sent.id, options);
  } finally {
    await workspace.close();
  }
}

const receive = (
  source: string,
  dir: string,
  allowPrivate: boolean,
  { config, terminal, signal }: CommandContext,
) =>
  receiveSource(source, {
    dir,
    maxBytes: config.limits.maxModelBytes,
    allowFiles: true,
    allowPrivate,
    hub: config.hub,
    signal,
    onBytes: (bytes, of) => terminal.bytes(bytes, of),
    onProgress: (message) => terminal.step(String(message)),
  });

/** Shows the report and asks. @throws UsageError where no one can be asked */
async function confirmImport(
  report: ImportReport,
  before: string | undefined,
  { yes, json }: AddOptions,
  { terminal }: CommandContext,
): Promise<boolean> {
  if (!json) terminal.print(`\n${reportText(report)}\n`);
  const { id, conflict } = report;
  if (conflict) terminal.say(conflictText(report));
  const replacing = `To replace it, pass --id ${id}; to choose another name, pass --id NAME.`;
  if (yes) {
    if (conflict) terminal.say(`The new model is added as "${conflict.free.id}". ${replacing}`);
    return true;
  }
  if (conflict && terminal.canAsk) terminal.say(replacing);
  const instead = before === undefined || conflict ? '' : `, replacing version ${before}`;
  return askFirst(`Make it live as "${conflict?.free.id ?? id}"${instead}?`, { json }, terminal);
}

const MAX_SAMPLES = 20;

async function readSamples(dir: string): Promise<{ name: string; image: Uint8Array }[]> {
  const pictures = await picturesIn(dir, '--samples');
  return Promise.all(
    pictures.slice(0, MAX_SAMPLES).map(async (name) => ({
      name: name.replace(/\.[^.]*$/, ''),
      image: new Uint8Array(await readFile(path.join(dir, name))),
    })),
  );
}
