import { readdir, readFile } from 'node:fs/promises';

/** The kernel counts processor time in hundredths of a second. */
const TICK_MS = 10;

/** What a process and those that it started take. */
export interface ProcessUse {
  /** Processor time since each began, ms. */
  cpuMs: number;
  /** The same of the process alone, without those that it started. */
  ownCpuMs: number;
  /** Resident memory, bytes: of the process, then of those that it started. */
  rssBytes: readonly number[];
}

/** Of a process and its children; NaN and no memory where there is no /proc, as on macOS and Windows. */
export async function processTree(pid: number | undefined): Promise<ProcessUse> {
  try {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const pids = [String(pid), ...children.trim().split(/\s+/).filter(Boolean)];
    const uses = await Promise.all(pids.map(useOf));
    return {
      cpuMs: uses.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
      ownCpuMs: uses[0]?.cpuMs ?? Number.NaN,
      rssBytes: uses.map(({ rssBytes }) => rssBytes),
    };
  } catch {
    return { cpuMs: Number.NaN, ownCpuMs: Number.NaN, rssBytes: [] };
  }
}

/**
 * Processor time of all processes that a process has started, and that these have, ms: those of a browser, whose tree is deep.
 * NaN where there is no /proc. Who has ended counts no more.
 */
export async function descendantsCpuMs(pid: number): Promise<number> {
  const stats = await readdir('/proc').then(
    (names) => Promise.all(names.filter((name) => /^\d+$/.test(name)).map(statOf)),
    () => undefined,
  );
  if (stats === undefined) return Number.NaN;
  const sumBelow = (above: string): number =>
    stats.reduce((sum, stat) => (stat?.parent === above ? sum + stat.cpuMs + sumBelow(stat.pid) : sum), 0);
  return sumBelow(String(pid));
}

async function useOf(pid: string): Promise<{ cpuMs: number; rssBytes: number }> {
  const [stat, status] = await Promise.all([statOf(pid), readFile(`/proc/${pid}/status`, 'utf8')]);
  const [, kilobytes = 'NaN'] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
  return { cpuMs: stat?.cpuMs ?? Number.NaN, rssBytes: Number(kilobytes) * 1024 };
}

/** Undefined where it has ended. */
async function statOf(pid: string) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // After the name, which may have spaces: the parent, utime and stime are the fields 4, 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return { pid, parent: fields[1] ?? '', cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
}
