import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from './check.ts';
import { parseFile } from './parse.ts';
import { TARGETS, type Target, type TargetName } from './targets.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where each program comes from. */
const INSTALL: Readonly<Record<string, string>> = {
  ssh: 'https://www.openssh.com',
  docker: 'https://docs.docker.com/engine/install',
  kubectl: 'https://kubernetes.io/docs/tasks/tools',
  helm: 'https://helm.sh/docs/intro/install',
  heroku: 'https://devcenter.heroku.com/articles/heroku-cli',
  gcloud: 'https://cloud.google.com/sdk/docs/install',
  fly: 'https://fly.io/docs/flyctl/install',
  git: 'https://git-scm.com/downloads',
  az: 'https://learn.microsoft.com/cli/azure/install-azure-cli',
  eb: 'https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/eb-cli3.html',
  aws: 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  zip: 'your system\'s packages ("apt-get install zip")',
};

/** What the README of a target needs and this machine does not have: programs, a build, settings. */
export async function checkMachine(
  name: TargetName,
  dir: string,
  root: string,
  env: Env,
): Promise<Finding[]> {
  const target: Target = TARGETS[name];
  const messages: string[] = [];
  for (const tool of target.tools) {
    const names = tool.split(' ');
    const found = await Promise.all(names.map((one) => isOnPath(one, env)));
    const first = names[0] ?? tool;
    if (!found.includes(true))
      messages.push(`${names.join(' or ')} is not installed here. Get it from ${INSTALL[first]}.`);
  }
  if (target.isBuiltHere && !(await isThere(path.join(root, 'dist/built.txt')))) {
    messages.push('The server and its pages are not built here. Run "npm ci && npm run build".');
  }
  if (name === 'compose') messages.push(...(await missingVariables(dir, env)));
  return messages.map((message) => ({ level: 'todo', message }));
}

/** What compose.yaml takes from the environment or from .env. */
async function missingVariables(dir: string, env: Env): Promise<string[]> {
  const read = (file: string) => readFile(path.join(dir, file), 'utf8').catch(() => '');
  const [document] = parseFile('variables', await read('.env')) as [{ environment: Env }];
  const text = await read('compose.yaml');
  const names = new Set([...text.matchAll(/\$\{(\w+):?\?/g)].map(([, one = '']) => one));
  return [...names]
    .filter((one) => !env[one] && !document.environment[one])
    .map((one) => `${one} is not set. Copy .env.example to .env in ${dir}, and fill it in.`);
}

const isThere = (file: string) =>
  access(file, constants.F_OK).then(
    () => true,
    () => false,
  );

async function isOnPath(program: string, env: Env): Promise<boolean> {
  const folders = (env.PATH ?? env.Path ?? '').split(path.delimiter).filter(Boolean);
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  const files = folders.flatMap((folder) => endings.map((ending) => path.join(folder, program + ending)));
  return (await Promise.all(files.map(isThere))).includes(true);
}
