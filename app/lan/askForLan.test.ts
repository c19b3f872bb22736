import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ClientError } from '../../client/clientError.ts';
import type { LanInfo, PhoneLink } from '../../protocol/lan.ts';
import { askForLan } from './askForLan.ts';
import { type ShownLink, watchPhoneLink } from './watchPhoneLink.ts';

const INFO: LanInfo = { isOn: true, needsPairing: true, mayInvite: true };
const away = () => new ClientError('unreachable', 'No server');

function lanQuestion(t: TestContext, answers: (LanInfo | Error)[]) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const page = new EventTarget();
  const got: LanInfo[] = [];
  let asked = 0;
  const end = askForLan({
    read: async () => {
      asked += 1;
      const answer = answers.shift() ?? away();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onAnswer: (info) => got.push(info),
    page,
  });
  return {
    got,
    page,
    end,
    asked: () => asked,
    async pass(ms: number) {
      t.mock.timers.tick(ms);
      await turn();
    },
  };
}

test('a page that was open before its server asks until the server answers, and then no more', async (t) => {
  const { got, asked, pass, page } = lanQuestion(t, [away(), away(), INFO]);
  await pass(0);
  await pass(999);
  assert.equal(asked(), 1);
  await pass(1);
  await pass(1_999);
  assert.equal(asked(), 2, 'later each time');
  await pass(1);
  assert.deepEqual(got, [INFO]);
  page.dispatchEvent(new Event('online'));
  await pass(60_000);
  assert.equal(asked(), 3);
});

test('the network that is back is worth a try at once; a refusal is no reason for another', async (t) => {
  const { asked, page, pass, got } = lanQuestion(t, [
    away(),
    new ClientError('forbidden_origin', 'Not this page'),
  ]);
  await pass(0);
  page.dispatchEvent(new Event('online'));
  await pass(0);
  assert.equal(asked(), 2);
  await pass(60_000);
  assert.equal(asked(), 2);
  assert.deepEqual(got, []);
});

test('a page that is gone asks no more', async (t) => {
  const { asked, page, pass, end } = lanQuestion(t, []);
  await pass(0);
  end();
  page.dispatchEvent(new Event('online'));
  await pass(60_000);
  assert.equal(asked(), 1);
});

test('while the page is hidden no code is asked for; when it is seen again, at once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const page = Object.assign(new EventTarget(), { hidden: false });
  const asked: (string | undefined)[] = [];
  const shown: ShownLink[] = [];
  let code = 'first';
  const end = watchPhoneLink({
    invite: async (given): Promise<PhoneLink> => {
      asked.push(given);
      return { url: `https://a/#pair=${code}`, code, others: [] };
    },
    onShown: (now) => shown.push(now),
    page,
  });
  const pass = async (ms: number) => {
    t.mock.timers.tick(ms);
    await turn();
  };
  const setHidden = async (hidden: boolean) => {
    page.hidden = hidden;
    page.dispatchEvent(new Event('visibilitychange'));
    await pass(0);
  };
  await pass(0);
  await pass(2_000);
  assert.deepEqual(asked, [undefined, 'first']);
  await setHidden(true);
  for (let i = 0; i < 10; i++) await pass(2_000);
  assert.equal(asked.length, 2);
  code = 'second';
  await setHidden(false);
  assert.equal(asked.length, 3);
  assert.equal(shown.at(-1)?.paired, 1, 'a phone used the code in the meantime');
  await pass(2_000);
  assert.equal(asked.length, 4);
  end();
  await pass(10_000);
  assert.equal(asked.length, 4);
});
