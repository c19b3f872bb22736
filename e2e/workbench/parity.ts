import * as v from 'valibot';
import type { DeviceSession } from '../../app/device/runtime/deviceSession.ts';
import { openDeviceSession } from '../../app/device/runtime/openSession.ts';
import { Prediction } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import { fetchModel, labelsOf, load, picture } from './files.ts';

export interface SeenLabel {
  label: string;
  score: number;
  box: Box;
}

/** As many detections as the device gives: from this score on. */
const MIN_SCORE = 0.28;
const OPTIONS = { skipUnchanged: false, isSecondary: true };

let session: DeviceSession | undefined;

export async function openParity(): Promise<void> {
  const model = await fetchModel();
  // Threads wait for each other, and for long where other tests share the machine.
  const tuning = { noGpu: 'not in this test', noRace: 'not in this test', threads: 1 };
  session = await openDeviceSession({ model, files: { load }, signal: new AbortController().signal, tuning });
}

/**
 * What the device sees in a picture, and what the server sees in the very pixels of the model's input: as they are (PNG), and
 * as the page sends them (JPEG).
 */
export async function seenBy(
  dataUrl: string,
): Promise<Record<'device' | 'server' | 'serverJpeg', readonly SeenLabel[]>> {
  const frame = await createImageBitmap(await (await fetch(dataUrl)).blob());
  const { width, height } = opened().info.input;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (context === null) throw new Error('No canvas.');
  context.imageSmoothingQuality = 'medium';
  context.drawImage(frame, 0, 0, width, height);
  frame.close();
  const { answer } = await opened().run(await createImageBitmap(canvas), OPTIONS);
  const detections = labelsOf(answer) ?? [];
  return {
    device: detections.flatMap(({ label, score, box }) =>
      box && score >= MIN_SCORE ? [{ label, score, box }] : [],
    ),
    server: await predict(await canvas.convertToBlob({ type: 'image/png' })),
    serverJpeg: await predict(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.7 })),
  };
}

/** Runs `count` pictures one after the other, as a camera brings them. */
export async function runPictures(count: number): Promise<void> {
  const photo = await picture('/workbench/media/cat.png');
  for (let number = 0; number < count; number += 1) {
    await opened().run(await createImageBitmap(photo), OPTIONS);
  }
}

/** Forgets what was decided, shows pictures until it is decided whether WebGPU is used; then opens the model again, as on the next visit. */
export async function tryGpu(maySoftwareGpu: boolean) {
  const model = await fetchModel();
  const open = () =>
    openDeviceSession({
      model,
      files: { load },
      signal: new AbortController().signal,
      tuning: {
        threads: 1,
        noRace: 'not in this test',
        trialAfterRuns: 2,
        trialAfterMs: 0,
        trialLimitMs: 8_000,
        maySoftwareGpu,
      },
    });
  localStorage.clear();
  const first = await open();
  const before = first.provider;
  let isDecided = false;
  first.onRenewed(() => {
    isDecided = true;
  });
  const photo = await picture('/workbench/media/cat.png');
  while (!isDecided) await first.run(await createImageBitmap(photo), OPTIONS);
  const { answer } = await first.run(await createImageBitmap(photo), OPTIONS);
  const detections = labelsOf(answer);
  const result = { before, provider: first.provider, certificate: first.certificate, detections };
  first.close();
  const again = await open();
  const next = again.provider;
  again.close();
  return { ...result, next };
}

const openForRace = async (threads: number) =>
  openDeviceSession({
    model: await fetchModel(),
    files: { load },
    signal: new AbortController().signal,
    tuning: { noGpu: 'not in this test', threads, raceAfterRuns: 2, raceAfterMs: 0 },
  });

/** Forgets what was found out, shows pictures until the race is over; then opens the model again, as on the next visit. */
export async function raceRuntimes() {
  localStorage.clear();
  const first = await openForRace(1);
  const before = first.provider;
  const photo = await picture('/workbench/media/cat.png');
  while (first.provider.why === before.why) await first.run(await createImageBitmap(photo), OPTIONS);
  const result = { before, after: first.provider };
  first.close();
  const again = await openForRace(1);
  const next = again.provider;
  again.close();
  return { ...result, next };
}

/** Opens the model as if LiteRT.js had won the last race. */
export async function openAsWinner(threads: number) {
  const name = Object.keys(localStorage).find((key) => key.includes('race.')) ?? '';
  const kept = JSON.parse(localStorage.getItem(name) ?? '{}');
  kept.value.result.fastest = { provider: 'litert', threads };
  localStorage.setItem(name, JSON.stringify(kept));
  const opened = await openForRace(threads);
  const { answer } = await opened.run(await picture('/workbench/media/cat.png'), OPTIONS);
  opened.close();
  return { provider: opened.provider, certificate: opened.certificate, detections: labelsOf(answer) };
}

/** What page and workers take, measured by the browser after it has tidied up. */
export async function memoryBytes(): Promise<number> {
  const measuring: unknown = Reflect.get(performance, 'measureUserAgentSpecificMemory');
  if (typeof measuring !== 'function') throw new Error('This browser does not measure memory.');
  return v.parse(v.object({ bytes: v.number() }), await measuring.call(performance)).bytes;
}

async function predict(body: Blob): Promise<readonly SeenLabel[]> {
  const response = await fetch(`/v1/predict?minScore=${MIN_SCORE}`, { method: 'POST', body });
  const { labels } = v.parse(Prediction, await response.json());
  return labels.flatMap(({ label, score, box }) => (box ? [{ label, score, box }] : []));
}

function opened(): DeviceSession {
  if (session === undefined) throw new Error('Nothing was opened.');
  return session;
}
