import { WebSocket } from 'ws';
import { encodeFrame } from '../protocol/frame.ts';
import { type ServerMessage, STREAM_PATH, SUBPROTOCOL } from '../protocol/messages.ts';
import { frameOf } from '../server/testing/media.ts';
import type { CameraPlan, CameraReport, LoadPlan } from './load.ts';

/**
 * Cameras without pictures of their own, in a process of their own: what they cost is not billed to the server's
 * process, though it does share the machine's cores. They trust the server's messages, where a real client parses them.
 */
const CAMERA_FRAME_MS = 1000 / 30;
const image = await frameOf('cup.png');
/** ms since the epoch on a clock that never jumps: comparable between the processes of a machine. */
const nowMs = () => performance.timeOrigin + performance.now();

interface Camera {
  report: CameraReport;
  /** @param phase 0..1 of the time between two of its pictures: so long it waits */
  begin(phase: number): void;
  /** Forgets what it counted so far. */
  reset(): void;
  close(): Promise<void>;
}

process.on('message', async ({ cameras, warmMs, durationMs }: LoadPlan) => {
  const all = await Promise.all(
    cameras.flatMap((plan) => Array.from({ length: plan.count }, () => openCamera(plan))),
  );
  // Cameras do not tick in step.
  all.forEach((camera, index) => {
    camera.begin(index / all.length);
  });
  await sleep(warmMs);
  for (const camera of all) camera.reset();
  const startedAt = performance.now();
  process.send?.('measuring');
  await sleep(durationMs);
  const measuredMs = performance.now() - startedAt;
  const reports = all.map(({ report }) => structuredClone(report));
  await Promise.all(all.map((camera) => camera.close()));
  process.send?.({ measuredMs, cameras: reports });
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

async function openCamera({ url, group, pace, speaks }: CameraPlan): Promise<Camera> {
  const isTutorial = speaks === 'tutorial';
  const socket = isTutorial
    ? new WebSocket(url)
    : new WebSocket(`${url.replace(/^http/, 'ws')}${STREAM_PATH}`, SUBPROTOCOL, { perMessageDeflate: false });
  const report: CameraReport = { group, sent: 0, bytesSent: 0, dropped: {}, answers: [], closed: undefined };
  let credits = isTutorial ? Number.POSITIVE_INFINITY : 0;
  let seq = 0;
  let timer: NodeJS.Timeout | undefined;
  let isSending = false;
  const sentAtMs = new Map<number, number>();

  const send = () => {
    if (!isSending || credits <= 0 || socket.readyState !== WebSocket.OPEN) return;
    credits -= 1;
    seq = (seq + 1) >>> 0;
    const frame = encodeFrame({ seq, capturedAtMs: nowMs(), format: 'jpeg', image });
    sentAtMs.set(seq, nowMs());
    socket.send(frame);
    report.sent += 1;
    report.bytesSent += frame.byteLength;
  };
  const sendAll = () => {
    while (isSending && credits > 0 && socket.readyState === WebSocket.OPEN) send();
  };

  const welcomed = new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', (code) => {
      report.closed = code;
      reject(new Error(`The socket closed with ${code}.`));
    });
    if (isTutorial) socket.once('open', () => resolve());
    else socket.once('open', () => socket.send(JSON.stringify({ type: 'hello' })));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as ServerMessage;
      switch (message.type) {
        case 'welcome':
          credits = message.credits;
          resolve();
          break;
        case 'labels': {
          credits += 1;
          const atMs = nowMs();
          report.answers.push({
            atMs,
            ageMs: atMs - message.capturedAtMs,
            queueMs: message.timing?.queueMs ?? 0,
            serverMs: message.timing?.serverMs ?? 0,
          });
          if (pace !== 'camera' && typeof pace !== 'number') sendAll();
          break;
        }
        case 'dropped':
          credits += 1;
          report.dropped[message.reason] = (report.dropped[message.reason] ?? 0) + 1;
          if (pace === 'greedy') sendAll();
          // A camera has no newer picture at once.
          else if (pace === 'eager') setTimeout(sendAll, CAMERA_FRAME_MS);
          break;
      }
    });
  });
  await welcomed;

  return {
    report,
    begin(phase) {
      const periodMs = typeof pace === 'number' ? 1000 / pace : CAMERA_FRAME_MS;
      timer = setTimeout(() => {
        isSending = true;
        if (pace === 'eager' || pace === 'greedy') {
          sendAll();
          return;
        }
        timer = setInterval(send, periodMs);
        send();
      }, phase * periodMs);
    },
    reset() {
      Object.assign(report, { sent: 0, bytesSent: 0, dropped: {}, answers: [] });
    },
    close: () =>
      new Promise((resolve) => {
        isSending = false;
        clearTimeout(timer);
        if (socket.readyState === WebSocket.CLOSED) resolve();
        socket.once('close', () => resolve());
        // Whoever has minutes of answers waiting would hold up the run.
        if (isTutorial) socket.terminate();
        else socket.close();
      }),
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
