import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { type CgroupLimits, readCgroupLimits } from './cgroupLimits.ts';

const GIB = 2 ** 30;
const NONE_V1 = '9223372036854771712\n';

/** Files of a machine, as they were read there. */
const CASES: Readonly<Record<string, { files: Record<string, string>; limits: CgroupLimits }>> = {
  'Docker, version 2, in a namespace of its own': {
    files: {
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/mountinfo':
        '29 23 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate\n',
      '/sys/fs/cgroup/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/memory.max': `${GIB}\n`,
      '/sys/fs/cgroup/memory.high': 'max\n',
    },
    limits: { cores: 1.5, memoryBytes: GIB },
  },
  'Kubernetes, version 2: the limit of the pod is tighter than that of the container': {
    files: {
      '/proc/self/cgroup': '0::/kubepods.slice/pod1.slice/app.scope\n',
      '/proc/self/mountinfo': '29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n',
      '/sys/fs/cgroup/kubepods.slice/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/kubepods.slice/memory.max': 'max\n',
      '/sys/fs/cgroup/kubepods.slice/pod1.slice/cpu.max': '200000 100000\n',
      '/sys/fs/cgroup/kubepods.slice/pod1.slice/memory.max': `${4 * GIB}\n`,
      '/sys/fs/cgroup/kubepods.slice/pod1.slice/app.scope/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/kubepods.slice/pod1.slice/app.scope/memory.max': `${8 * GIB}\n`,
      '/sys/fs/cgroup/kubepods.slice/pod1.slice/app.scope/memory.high': `${3 * GIB}\n`,
    },
    limits: { cores: 2, memoryBytes: 3 * GIB },
  },
  'Docker, version 1: only its own part of the hierarchy is mounted': {
    files: {
      '/proc/self/cgroup': '9:memory:/docker/ab12\n4:cpu,cpuacct:/docker/ab12\n1:name=systemd:/docker/ab12\n',
      '/proc/self/mountinfo':
        '40 30 0:33 /docker/ab12 /sys/fs/cgroup/cpu,cpuacct ro,nosuid - cgroup cgroup rw,cpu,cpuacct\n' +
        '41 30 0:34 /docker/ab12 /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${GIB / 2}\n`,
    },
    limits: { cores: 0.5, memoryBytes: GIB / 2 },
  },
  'version 1, nested: a group without a limit in one that has it': {
    files: {
      '/proc/self/cgroup': '4:memory:/a/b\n2:cpu:/a/b\n0::/\n',
      '/proc/self/mountinfo':
        '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n' +
        '33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n' +
        '34 31 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n',
      '/sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '300000\n',
      '/sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes': NONE_V1,
      '/sys/fs/cgroup/memory/a/memory.limit_in_bytes': `${2 * GIB}\n`,
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': NONE_V1,
    },
    limits: { cores: 3, memoryBytes: 2 * GIB },
  },
  'a path that leads out of what is mounted': {
    files: {
      '/proc/self/cgroup': '0::/../../other\n',
      '/proc/self/mountinfo': '29 23 0:26 / /sys/fs/cgroup\\040v2 rw - cgroup2 cgroup rw\n',
      '/sys/fs/cgroup v2/cpu.max': '100000 50000\n',
    },
    limits: { cores: 2, memoryBytes: undefined },
  },
  'no limits': {
    files: {
      '/proc/self/cgroup': '0::/user.slice\n',
      '/proc/self/mountinfo': '29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n',
      '/sys/fs/cgroup/user.slice/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/user.slice/memory.max': 'max\n',
    },
    limits: { cores: undefined, memoryBytes: undefined },
  },
  'no control groups, or nonsense in them': {
    files: {
      '/proc/self/cgroup': 'nonsense\n',
      '/proc/self/mountinfo': '1\n\n29 23 0:26 / /sys/fs/cgroup rw - cgroup2\n',
      '/sys/fs/cgroup/cpu.max': 'nonsense\n',
    },
    limits: { cores: undefined, memoryBytes: undefined },
  },
};

for (const [name, { files, limits }] of Object.entries(CASES)) {
  test(`limits of control groups: ${name}`, () => {
    assert.deepEqual(
      readCgroupLimits((file) => files[file]),
      limits,
    );
  });
}

test('limits of control groups: none where there is nothing to read', () => {
  assert.deepEqual(
    readCgroupLimits(() => undefined),
    { cores: undefined, memoryBytes: undefined },
  );
});

test('a real control group of 1.5 cores is found by a process in it', (t) => {
  const group = makeCpuGroup();
  if (typeof group === 'string') {
    t.skip(group);
    return;
  }
  t.after(group.remove);
  const script =
    "import('./server/config/machine.ts').then(({ findMachine }) => console.log(JSON.stringify(findMachine())))";
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'echo $$ > "$1" && exec "$2" --import tsx -e "$3"', 'sh', group.procs, process.execPath, script],
    { encoding: 'utf8' },
  );
  assert.ok(stdout.startsWith('{'), stderr);
  const { cores, coresBy } = JSON.parse(stdout);
  assert.deepEqual({ cores, coresBy }, { cores: 1, coresBy: 'quota' });
});

/** A control group with a quota; or why there is none. */
function makeCpuGroup(): { procs: string; remove(): void } | string {
  if (process.platform !== 'linux') return 'Only Linux has control groups.';
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const v1 = mounts.find((line) => / - cgroup \S+ \S*\bcpu\b/.test(line));
  const mount = v1 ?? mounts.find((line) => line.includes(' - cgroup2 '));
  const folder = path.join(mount?.split(' ')[4] ?? '', `livelens-test-${process.pid}`);
  if (mount === undefined) return 'No control groups are mounted.';
  try {
    mkdirSync(folder);
  } catch {
    return 'Control groups cannot be made by this user.';
  }
  try {
    if (v1) writeFileSync(path.join(folder, 'cpu.cfs_quota_us'), '150000');
    else writeFileSync(path.join(folder, 'cpu.max'), '150000 100000');
  } catch {
    rmdirSync(folder);
    return 'Control groups of this machine take no quota.';
  }
  return { procs: path.join(folder, 'cgroup.procs'), remove: () => rmdirSync(folder) };
}
