/** What a control group of Linux lets its processes have; undefined where it sets no limit. */
export interface CgroupLimits {
  /** Processor time per time, in cores; may be a fraction. */
  readonly cores?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

/** The text of a file; undefined where it cannot be read. */
export type ReadFile = (path: string) => string | undefined;

/**
 * The tightest limits of this process's control groups, of version 1, 2 or both side by side: its own group, and each above
 * it that can be seen, since a limit of a pod or a slice stands there. Without control groups there are no limits.
 */
export function readCgroupLimits(read: ReadFile): CgroupLimits {
  const groups = parseGroups(read('/proc/self/cgroup') ?? '');
  const mounts = parseMounts(read('/proc/self/mountinfo') ?? '');
  const cores: number[] = [];
  const memory: number[] = [];
  for (const mount of mounts) {
    for (const folder of foldersOf(mount, groups)) {
      const number = (name: string) => parseNumber(read(`${folder}/${name}`));
      if (mount.version === 2) {
        // "max 100000", or the microseconds of a period that may be used, and the period.
        const [quota, period] = (read(`${folder}/cpu.max`) ?? '').split(/\s+/).map(parseNumber);
        cores.push(ratio(quota, period));
        // Above `high` processes are slowed down until they are below, above `max` they are killed.
        memory.push(number('memory.max'), number('memory.high'));
      } else {
        cores.push(ratio(number('cpu.cfs_quota_us'), number('cpu.cfs_period_us')));
        memory.push(number('memory.limit_in_bytes'));
      }
    }
  }
  return { cores: least(cores), memoryBytes: least(memory.filter((bytes) => bytes < NO_LIMIT_BYTES)) };
}

/** Version 1 writes "no limit" as the largest number of whole pages. */
const NO_LIMIT_BYTES = 2 ** 60;

/** Infinity for "max", -1, an empty file and one that is not there. */
function parseNumber(text: string | undefined): number {
  const value = /^\s*\d+\s*$/.test(text ?? '') ? Number(text) : 0;
  return value > 0 ? value : Number.POSITIVE_INFINITY;
}

const ratio = (quota = Number.POSITIVE_INFINITY, period = Number.POSITIVE_INFINITY) =>
  Number.isFinite(period) ? quota / period : Number.POSITIVE_INFINITY;

function least(values: readonly number[]): number | undefined {
  const value = Math.min(...values);
  return Number.isFinite(value) ? value : undefined;
}

/** The path of this process in each hierarchy: by controller in version 1, under an empty name in version 2. */
function parseGroups(text: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const controller of controllers?.split(',') ?? []) groups.set(controller, path ?? '/');
  }
  return groups;
}

interface Mount {
  readonly version: 1 | 2;
  /** Which part of the hierarchy is mounted: not all of it in a container that shares the machine's namespace. */
  readonly root: string;
  readonly folder: string;
  /** Version 1. */
  readonly controllers: readonly string[];
}

/** Lines are "36 35 98:0 ROOT FOLDER OPTIONS … - TYPE SOURCE SUPEROPTIONS"; see proc(5). */
function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    const [own = '', filesystem = ''] = line.split(' - ');
    const [, , , root = '/', folder = ''] = own.split(' ').map(unescapeOctal);
    const [type, , options = ''] = filesystem.split(' ');
    if (type === 'cgroup2') return [{ version: 2, root, folder, controllers: [''] }];
    const controllers = options.split(',').filter((option) => option === 'cpu' || option === 'memory');
    return type === 'cgroup' && controllers.length > 0 ? [{ version: 1, root, folder, controllers }] : [];
  });
}

const unescapeOctal = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

/** The folders of this process's group and of those above it, as far up as the mount goes. */
function foldersOf({ root, folder, controllers }: Mount, groups: ReadonlyMap<string, string>): string[] {
  const path = controllers.map((controller) => groups.get(controller)).find((found) => found !== undefined);
  if (path === undefined) return [];
  const base = root === '/' ? '' : root;
  // A path that is not below what is mounted, such as "/../..": all that can be seen is the mount itself.
  const below = path.startsWith(`${base}/`) && !path.includes('/..') ? path.slice(base.length) : '';
  const names = below.split('/').filter((name) => name !== '');
  return [...names.keys(), names.length].map((depth) => [folder, ...names.slice(0, depth)].join('/'));
}
