import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CodedError } from '../../protocol/errors.ts';
import { liveVersionOf, type ModelDetails, type Verification } from '../../protocol/models.ts';
import { formatBytes } from '../../vision/formatBytes.ts';
import { isOutsideReference } from '../../vision/golden.ts';
import { modelInfo } from '../../vision/modelInfo.ts';
import { stepsInWords, stepsOf } from '../../vision/steps.ts';
import { runVerify } from '../import/run/process.ts';
import { readModelFolder } from '../library/modelFolder.ts';
import { afterChange, type CommandContext } from './context.ts';
import { assertAccepted, localChanges } from './localChanges.ts';
import { NO_REFERENCE } from './reportText.ts';
import { scoreInLine } from './scoreText.ts';
import { UsageError } from './usage.ts';
import { columns, detailLines, inDigits, inMs, inNumber, JSON_HAS_ALL } from './words.ts';

/** What is on the disk, or what a server reports. */
type Listed = Omit<ModelDetails, 'state'> & { state?: ModelDetails['state'] };

export async function list({ remote, store, config }: CommandContext): Promise<Listed[]> {
  if (remote) return (await remote.models()).models;
  const ids = await store.ids();
  return Promise.all(ids.map((id) => readListed(path.join(config.modelsDir, id), store)));
}

async function readListed(dir: string, store: CommandContext['store']): Promise<Listed> {
  const id = path.basename(dir);
  try {
    const folder = await readModelFolder(dir);
    const { manifest, graphFiles } = folder;
    const graphs = await Promise.all(Object.values(graphFiles).map((file) => stat(file)));
    return {
      ...modelInfo(folder),
      graphBytes: graphs.reduce((sum, { size }) => sum + size, 0),
      license: manifest.license.spdx,
      source: manifest.provenance.source,
      goldens: { count: manifest.goldens.length },
      versions: [...(await store.versions(id))],
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const input = { width: 0, height: 0, fit: 'stretch' } as const;
    const nothing = {
      version: '',
      name: id,
      task: '',
      labels: [],
      input,
      minScore: { floor: 0, default: 0 },
    };
    const rest = { graphBytes: 0, license: '', source: '', goldens: { count: 0 }, versions: [] };
    return { id, ...nothing, ...rest, state: 'broken', problem };
  }
}

export const listText = (models: readonly Listed[]): string =>
  columns([
    ['ID', 'VERSION', 'TASK', 'LABELS', 'SIZE', 'STATE', 'NAME'],
    ...models.map(({ id, version, task, labels, graphBytes, state, problem, name }) => [
      id,
      version || '-',
      task || '-',
      String(labels.length),
      formatBytes(graphBytes),
      problem ? `${state ?? ''}: ${problem}` : (state ?? '-'),
      name,
    ]),
  ]);

export async function show(id: string, context: CommandContext): Promise<Listed> {
  const models = await list(context);
  const found = models.find((model) => model.id === id);
  if (found) return found;
  const known = models.map((model) => model.id).join(', ') || 'none';
  throw new CodedError('unknown_model', `There is no model "${id}". Models here: ${known}.`);
}

/** With what the server of this machine that serves it says of both versions of a quantised model, if one runs. */
export async function showServed(id: string, context: CommandContext): Promise<Listed> {
  const found = await show(id, context);
  if (context.remote) return found;
  for (const { client, isOnRecord } of await context.servers.serving(context.config.modelsDir)) {
    const list = isOnRecord ? await client.models().catch(() => undefined) : undefined;
    const precision = list?.models.find((model) => model.id === id)?.precision;
    if (precision?.live === found.version) return { ...found, precision };
  }
  return found;
}

export function showText(model: Listed): string {
  const { input, labels, goldens, versions, minScore } = model;
  const some = labels.slice(0, 8).join(', ');
  const differs =
    goldens.largestDifference === undefined
      ? ''
      : `, largest difference ${inDigits(goldens.largestDifference)}`;
  const isConsistencyOnly = goldens.recordedBy !== undefined && !isOutsideReference(goldens.recordedBy);
  const by = goldens.recordedBy === undefined ? '' : ` by ${goldens.recordedBy}`;
  return `${model.name}  (${model.id}@${model.version})\n${columns([
    ...(model.state ? [['  state', model.problem ? `${model.state}: ${model.problem}` : model.state]] : []),
    ...detailLines(model.problemDetails, '', JSON_HAS_ALL).map((line) => ['', line]),
    ['  task', model.multiLabel ? `${model.task}, several labels at once` : model.task],
    ['  input', `${input.width}x${input.height}: ${stepsInWords(stepsOf(input))}`],
    ['  labels', labels.length === 0 ? 'none' : `${labels.length}: ${some}${labels.length > 8 ? ', …' : ''}`],
    ['  min score', `${minScore.default} by default, at least ${minScore.floor}`],
    ['  graph', formatBytes(model.graphBytes)],
    ...(model.inferMs === undefined ? [] : [['  cost', `${inMs(model.inferMs)} per picture on one core`]]),
    ...(model.precision ? [['  precision', `${model.precision.serves} serves. ${model.precision.why}`]] : []),
    ['  goldens', isConsistencyOnly ? NO_REFERENCE : `${goldens.count}${by}${differs}`],
    ['  licence', model.license],
    ['  source', model.source],
    ...versions.flatMap(({ version, score }) =>
      version === liveVersionOf(model) && score ? [['  score', scoreInLine(score)]] : [],
    ),
    ...versions.map(({ version, addedAt, source, bits, score }, i) => [
      i === 0 ? '  versions' : '',
      `${version === liveVersionOf(model) ? '*' : ' '} ${version}  ${addedAt ?? 'came with the server'}  ${source}${bits === undefined ? '' : `, int8 of ${bits} bits`}${score && version !== liveVersionOf(model) ? `; ${scoreInLine(score)}` : ''}`,
    ]),
  ])}`;
}

export async function verify(id: string | undefined, context: CommandContext): Promise<Verification[]> {
  const { terminal, config, remote, signal } = context;
  const ids =
    id === undefined ? (await list(context)).map((model) => model.id) : [(await show(id, context)).id];
  const found: Verification[] = [];
  for (const one of ids) {
    terminal.step(`Verifying ${one}`);
    found.push(
      remote ? await remote.verify(one) : await runVerify(path.join(config.modelsDir, one), { signal }),
    );
  }
  return found;
}

export const isVerified = ({ runtimes }: Verification): boolean =>
  runtimes.every(({ problems }) => problems.length === 0);

export function verifyText({ model, runtimes }: Verification): string {
  const lines = runtimes.flatMap(
    ({ runtime, goldens, sameTop, largestDifference, recordedBy, summary, problems }) =>
      goldens === 0
        ? [`  ${runtime}: no reference images to check against`]
        : [
            `  ${runtime}: ${problems.length === 0 ? 'agrees' : 'DISAGREES'} with ${
              isOutsideReference(recordedBy) ? recordedBy : 'its own answers at import'
            } to ${inDigits(largestDifference)}, same top label in ${sameTop} of ${inNumber(goldens, 'golden')}`,
            ...(isOutsideReference(recordedBy) ? [] : [`    (${NO_REFERENCE})`]),
            ...(summary === undefined ? [] : [`    ! ${summary}`]),
            ...detailLines(problems, '      ', JSON_HAS_ALL),
          ],
  );
  return [model, ...lines].join('\n');
}

export async function rollback(
  id: string,
  version: string | undefined,
  context: CommandContext,
): Promise<{ id: string; version: string }> {
  const { remote, terminal, signal } = context;
  if (remote) {
    const statusText = `${remote.url} may go on with it; "npm run models -- show ${id}" with --server says what is live there.`;
    const details = await afterChange(signal, statusText, () => remote.rollBack(id, { version }));
    terminal.say(`${id}@${details.version} is live at ${remote.url}.`);
    return { id, version: details.version };
  }
  return context.runExclusive('change', () => rollbackLocally(id, version, context));
}

async function rollbackLocally(
  id: string,
  version: string | undefined,
  context: CommandContext,
): Promise<{ id: string; version: string }> {
  const { store, terminal, running } = context;
  const server = await running();
  if (!server) {
    const done = await store.rollback(id, { version });
    terminal.say(`${id}@${done.version} is selected. A server that starts here will serve it.`);
    return { id, version: done.version };
  }
  const result = await localChanges(server, context).rollback(id, version);
  assertAccepted(id, result);
  terminal.say(`${id}@${result.version} is live.`);
  return { id, version: result.version };
}

export async function remove(
  id: string,
  { yes }: { yes: boolean },
  context: CommandContext,
): Promise<{ id: string; isRemoved: boolean }> {
  const { remote, store, terminal } = context;
  const { versions } = await show(id, context);
  if (!yes) {
    const what = versions.length > 1 ? `"${id}" and all its ${versions.length} versions` : `"${id}"`;
    if (!terminal.canAsk) throw new UsageError('Nothing changed: not a terminal, pass --yes to confirm.');
    if (!(await terminal.ask(`Remove ${what}? Anyone using it will be switched to another model.`)))
      return { id, isRemoved: false };
  }
  if (remote) await remote.remove(id);
  else await context.runExclusive('change', () => store.remove(id));
  terminal.say(`${id} was removed.`);
  return { id, isRemoved: true };
}
