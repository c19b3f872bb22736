import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { footageOf } from '../e2e/footage/footage.ts';
import { freePort } from '../e2e/harness/freePort.ts';
import { readQr } from '../e2e/harness/readQr.ts';
import { launchChromium } from './chromium.ts';

/**
 * From `git clone` to labels on a phone, as a person does it: `node --import tsx bench/cloneToPhone.ts [REPOSITORY]`. The phone is a
 * Chromium whose camera plays footage; it reads the QR code off the terminal, is warned of the certificate, and is paired by the
 * code. Prints the time of each step. Takes git, npm, a Chromium, `script` of util-linux, which makes a terminal, and a machine
 * with an address on a network.
 */

const source = process.argv[2] ?? process.cwd();
const folder = await mkdtemp(path.join(tmpdir(), 'livelens-clone-'));
const clone = path.join(folder, 'livelens');
const LABELS_TIMEOUT_MS = 120_000;

const steps: [name: string, seconds: number][] = [];
async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  steps.push([name, seconds]);
  console.log(`${seconds.toFixed(1).padStart(6)} s  ${name}`);
  return result;
}

async function run(command: string, args: string[], cwd: string): Promise<void> {
  const [code] = await once(spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
  if (code !== 0) throw new Error(`${command} ended with ${code}.`);
}

/**
 * Collects what a process prints.
 * @returns waits for a text in it, and gives all that was printed; rejects with that where the process ends before
 */
function watchText(stream: Readable): (wanted: RegExp) => Promise<string> {
  let text = '';
  const events = new EventEmitter();
  stream.on('data', (piece: string) => {
    text += piece;
    events.emit('news');
  });
  const ended = once(stream, 'close').then(() => {
    throw new Error(`The server ended:\n${text}`);
  });
  ended.catch(() => {});
  return async (wanted) => {
    while (!wanted.test(text)) await Promise.race([once(events, 'news'), ended]);
    return text;
  };
}

await step('command 1: git clone', () => run('git', ['clone', '--quiet', source, clone], folder));
await step("command 2: npm ci (npm's time)", () => run('npm', ['ci', '--no-audit', '--no-fund'], clone));

const terminal = spawn('script', ['--quiet', '--return', '--command', 'npm start', '/dev/null'], {
  cwd: clone,
  env: {
    ...process.env,
    PORT: String(await freePort()),
    OPEN: '0',
    // In a container a person would have to set it.
    LAN: '1',
    LIVELENS_CONFIG_DIR: path.join(folder, 'config'),
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const shown = watchText(terminal.stdout.setEncoding('utf8'));
const { file } = await footageOf('cat-still');
const browser = await launchChromium([
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-video-capture=${file}`,
]);
try {
  const url = await step('command 3: npm start, until it shows the QR code', async () => {
    const text = await shown(/warns about the certificate|No QR code for phones.*/);
    const { protocol, hash, href } = new URL(readQr(text));
    if (protocol !== 'https:' || !hash.startsWith('#pair='))
      throw new Error(`No address for a phone: ${text}`);
    return href;
  });
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  page.setDefaultTimeout(LABELS_TIMEOUT_MS);
  await step('scan: the browser warns', async () => {
    // It comes to nothing but the warning.
    await page.goto(url).catch(() => {});
    await page.locator('#details-button').waitFor();
  });
  await step('taps 1 and 2: past the warning, until the first label', async () => {
    await page.locator('#details-button').click();
    await page.locator('#proceed-link').click();
    // Whoever scanned the code wants the camera: the browser asks for it at once, which this one is told to allow.
    await page.locator('[data-testid="label-box"]').first().waitFor();
  });
  // A stranger on the network gets no labels: it was the code that let this phone in.
  const stranger = await browser.newContext({ ignoreHTTPSErrors: true });
  const refused = await stranger.request.get(new URL('/v1/models', url).href);
  if (refused.status() !== 401) throw new Error(`A phone without a code was let in: ${refused.status()}.`);
  console.log(
    '        3 commands on the laptop; on the phone a scan and 2 taps past the warning, and 1 where the browser asks for the camera',
  );
  const seconds = (names: typeof steps) => names.reduce((sum, [, each]) => sum + each, 0).toFixed(1);
  console.log(`${seconds(steps).padStart(6)} s  in all`);
  console.log(`${seconds(steps.filter(([name]) => !name.includes('npm ci'))).padStart(6)} s  without npm ci`);
} finally {
  await browser.close();
  const closed = once(terminal, 'close');
  terminal.kill();
  await closed;
  await rm(folder, { recursive: true, force: true });
}
