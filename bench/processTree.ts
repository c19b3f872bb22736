import { readFile } from 'node:fs/promises';

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

async function useOf(pid: string): Promise<{ cpuMs: number; rssBytes: number }> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // After the name, which may have spaces: utime and stime are the fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  const [, kilobytes = 'NaN'] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    rssBytes: Number(kilobytes) * 1024,
  };
}
