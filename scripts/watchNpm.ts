import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isProcessAlive } from '../server/disk/lock.ts';

const EVERY_MS = 500;

/** The shells through which package managers run scripts. */
const SHELL = /^-?((ba|da|a|k|z)?sh|busybox)$|^(cmd|powershell|pwsh)(\.exe)?$/i;

/**
 * Notices that the `npm start` that this process runs in has ended. npm hands a signal to the shell in between only, which
 * ends and leaves its children running (dash does; a bash that replaced itself by the command does not), and a npm that is
 * killed hands on nothing. Does nothing in a process that was started otherwise.
 * @param onGone called once
 * @returns stops watching
 */
export function watchNpm(env: NodeJS.ProcessEnv, onGone: () => void): () => void {
  if (env.npm_lifecycle_event !== 'start') return () => {};
  const parent = process.ppid;
  let npm = parent;
  void describeProcess(parent).then((found) => {
    if (found && SHELL.test(found.name)) npm = found.parent;
  });
  const timer = setInterval(() => {
    // Windows keeps the number of a parent that is gone; elsewhere another process takes its place.
    if (process.ppid === parent && isProcessAlive(parent) && isProcessAlive(npm)) return;
    clearInterval(timer);
    onGone();
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

interface ProcessDescription {
  /** Id of the process that started it. */
  readonly parent: number;
  /** Of its executable, without the folder. */
  readonly name: string;
}

/** Undefined for a process that is gone, and where the system does not tell. */
async function describeProcess(pid: number): Promise<ProcessDescription | undefined> {
  try {
    const [, parent, name] = /^\s*(\d+)\s+(.+?)\s*$/.exec(await askSystem(pid)) ?? [];
    return name === undefined ? undefined : { parent: Number(parent), name: name.replace(/^.*[\\/]/, '') };
  } catch {
    return undefined;
  }
}

/** `<id of the parent> <executable>` */
async function askSystem(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    // "12 (sh) S 11 …", where the name may hold any character. There may be no `ps`.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.replace(/^\d+ \((.*)\) \S (\d+) [\s\S]*$/, '$2 $1');
  }
  const [command, ...args] =
    process.platform === 'win32'
      ? [
          'powershell.exe',
          '-NoProfile',
          '-NonInteractive',
          '-Command',
          `Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}' | ForEach-Object { "$($_.ParentProcessId) $($_.Name)" }`,
        ]
      : ['ps', '-o', 'ppid=,comm=', '-p', String(pid)];
  return (await promisify(execFile)(command ?? '', args, { windowsHide: true })).stdout;
}
