import { readdir, readFile, stat } from 'node:fs/promises';
import openInBrowser from 'open';

/** Where `npm start` runs. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  /** Somebody reads what is printed. */
  isTerminal: boolean;
}

const OVER_A_NETWORK = ['SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY', 'CODESPACES', 'REMOTE_CONTAINERS'];

/** Whether a browser that is opened here opens before the person who started the server. OPEN=0 switches it off. */
export function hasDesktop({ env, platform, isTerminal }: Surroundings): boolean {
  if (!isTerminal || env.CI || env.OPEN === '0') return false;
  if (OVER_A_NETWORK.some((name) => env[name])) return false;
  if (platform === 'win32' || platform === 'darwin') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}

/**
 * Opens the page in the browser of this desktop, unless others could use the link first: it is handed over on a command
 * line, and on Linux the command lines of all are there for all to read.
 * @returns whether it was tried
 */
export async function openPage(url: string, surroundings: Surroundings): Promise<boolean> {
  if (!hasDesktop(surroundings)) return false;
  if (surroundings.platform === 'linux' && !(await isAloneHere())) return false;
  return openInBrowser(url).then(
    () => true,
    // A desktop without a browser: the link is on the screen anyway.
    () => false,
  );
}

/** Accounts of people begin here on all Linux systems of note; 65534 is the user `nobody`. */
const FIRST_PERSON = 1_000;
const NOBODY = 65_534;

/** Whether no other person's processes run on this Linux machine. */
async function isAloneHere(): Promise<boolean> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  if (/^proc \/proc proc \S*hidepid=(1|2|invisible|noaccess)/m.test(mounts)) return true;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const owners = await Promise.all(
    pids.map((pid) =>
      stat(`/proc/${pid}`).then(
        ({ uid }) => uid,
        // It has ended.
        () => process.getuid?.(),
      ),
    ),
  );
  return owners.every(
    (uid) => uid === undefined || uid === process.getuid?.() || uid === NOBODY || uid < FIRST_PERSON,
  );
}
