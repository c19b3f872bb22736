import assert from 'node:assert/strict';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import test from 'node:test';
import { WebSocket } from 'ws';
import { RELAY_PATH, RELAY_SUBPROTOCOL } from '../../protocol/relay.ts';
import { lanAddresses } from '../lan/lanAddresses.ts';
import { ONE_WORKER, type TestServerOptions, testServer } from '../testing/testServer.ts';

/** Of this machine, on a network: a client that uses it is another machine to the server. */
const OUTSIDE = lanAddresses(networkInterfaces(), undefined)[0]?.address;
const needsNetwork = { skip: OUTSIDE === undefined ? 'this machine has no address but its own' : false };

/** What the relay answers to the first message of a client: its type, or the code and the words of an error. */
async function firstAnswer(host: string, port: number, message: object): Promise<string> {
  const name = host.includes(':') ? `[${host}]` : host;
  const ws = new WebSocket(`ws://${name}:${port}${RELAY_PATH}`, RELAY_SUBPROTOCOL);
  try {
    await once(ws, 'open');
    ws.send(JSON.stringify(message));
    const [data] = await once(ws, 'message');
    const { type, code, message: words } = JSON.parse(String(data));
    return code === undefined ? type : `${code}: ${words}`;
  } finally {
    ws.terminate();
  }
}

test(
  'where everyone may use the server, only its own machine sees the cameras of others, and who has SCREEN_TOKEN',
  needsNetwork,
  async (t) => {
    const open = async (options: TestServerOptions) => {
      const { port } = await testServer(t, { host: undefined, ...ONE_WORKER, ...options });
      return {
        here: (message: object) => firstAnswer('localhost', port, message),
        outside: (message: object) => firstAnswer(OUTSIDE ?? '', port, message),
      };
    };
    const forAll = await open({});
    assert.equal(await forAll.here({ type: 'watch' }), 'watching');
    assert.match(await forAll.outside({ type: 'watch' }), /^unauthorized: .*SCREEN_TOKEN/);
    assert.equal(await forAll.outside({ type: 'share' }), 'sharing', 'a camera is shown of its own will');

    const screenToken = 'for screens alone';
    const withToken = await open({ screenToken });
    assert.equal(await withToken.outside({ type: 'watch', token: screenToken }), 'watching');
    assert.match(await withToken.outside({ type: 'watch', token: 'another one' }), /^unauthorized: /);

    const token = 'for all clients';
    const closed = await open({ token });
    assert.equal(await closed.outside({ type: 'watch', token }), 'watching');
    assert.match(await closed.here({ type: 'watch' }), /^unauthorized: This server asks for a token/);
  },
);
