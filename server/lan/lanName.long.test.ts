import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';

/** The loopback interface: nothing leaves the machine. Other systems call it otherwise, or take no multicast there. */
const needsLinux = {
  skip: process.platform === 'linux' ? false : 'multicast on "lo" takes Linux',
  timeout: 60_000,
};

/** A server on a machine of its own, as far as the network can tell. */
function machine(t: TestContext, name: string) {
  const child = fork(new URL('../testing/namedMachine.ts', import.meta.url), [name], {
    execArgv: ['--import', 'tsx'],
  });
  t.after(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return {
    nextName: async () => String((await once(child, 'message'))[0]),
    async leave() {
      child.send('close');
      await once(child, 'exit');
    },
  };
}

test(
  'several machines take names of their own, and one that is free again is taken again',
  needsLinux,
  async (t) => {
    // Not the usual name: a Livelens may run on this machine.
    const wanted = `test-${process.pid}`;
    const first = machine(t, wanted);
    assert.equal(await first.nextName(), `${wanted}.local`);
    const second = machine(t, wanted);
    assert.equal(await second.nextName(), `${wanted}-2.local`);
    await first.leave();
    const third = machine(t, wanted);
    assert.equal(await third.nextName(), `${wanted}.local`);
  },
);
