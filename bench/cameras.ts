import { once } from 'node:events';
import { WebSocket } from 'ws';
import { openMessageSocket } from '../client/stream/messageSocket.ts';
import { streamUrl } from '../client/stream/streamUrl.ts';
import { encodeFrame, type Frame } from '../protocol/frame.ts';
import { type ServerMessage, SUBPROTOCOL } from '../protocol/messages.ts';
import { frameOf } from '../server/testing/media.ts';
import type { CameraPlan, CameraReport, LoadPlan } from './load.ts';
import { pageFrame } from './pageFrame.ts';

/**
 * Cameras without pictures of their own, in a process of their own: what they cost is not billed to the server's
 * process, though it does share the machine's cores. They use the client's socket, but neither its credits nor its pacing:
 * how often each sends is what is measured.
 */
const CAMERA_FRAME_MS = 1000 / 30;
/**
 * `CAMERA_FRAMES`: `page` as the page sends where the link has room (the default), its own JPEG at 0.9; `small` as the browser encodes where it
 * has none, and as all frames were before the page had an encoder: 16 kB, a colour for four pixels. Figures of one are not to be compared with those of the other.
 */
const image = process.env.CAMERA_FRAMES === 'small' ? await frameOf('cup.png') : await pageFrame();
/** ms since the epoch on a clock that never jumps: comparable between the processes of a machine. */
const nowMs = () => performance.timeOrigin + performance.now();

interface Camera {
  report: CameraReport;
  /** @param phase delay before its first picture, 0..1 of the time between two pictures */
  begin(phase: number): void;
  /** Sets its counts to zero. */
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

/** How a camera reaches a server. */
interface Link {
  readonly isOpen: boolean;
  /** @returns the bytes sent */
  sendFrame(frame: Frame): number;
  close(): Promise<void>;
}

interface LinkEvents {
  onOpen(): void;
  onMessage(message: ServerMessage): void;
  onClose(closeCode: number): void;
}

function openLink(url: string, { onOpen, onMessage, onClose }: LinkEvents): Link {
  let onEnd = () => {};
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  const at = streamUrl(url);
  const webSocket = new WebSocket(at, SUBPROTOCOL, { perMessageDeflate: false });
  const socket = openMessageSocket({
    url: at,
    transport: () => webSocket,
    onOpen() {
      socket.send({ type: 'hello' });
      onOpen();
    },
    onMessage,
    onUnreadable(error) {
      throw error;
    },
    onClose(closeCode) {
      onClose(closeCode);
      onEnd();
    },
  });
  return {
    get isOpen() {
      return socket.isOpen;
    },
    sendFrame: socket.sendFrame,
    async close() {
      webSocket.close();
      await ended;
    },
  };
}

/** See tutorialServer.ts: whatever it sends are labels, and whenever it is open it takes a frame. */
function openTutorialLink(url: string, { onOpen, onMessage, onClose }: LinkEvents): Link {
  const socket = new WebSocket(url);
  const ended = once(socket, 'close');
  socket.on('error', () => {});
  socket.on('open', onOpen);
  socket.on('message', (data: Buffer) => onMessage(JSON.parse(data.toString('utf8')) as ServerMessage));
  socket.on('close', onClose);
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    sendFrame(frame) {
      const bytes = encodeFrame(frame);
      socket.send(bytes);
      return bytes.byteLength;
    },
    async close() {
      // It may have minutes of answers waiting, which would hold up the run.
      socket.terminate();
      await ended;
    },
  };
}

async function openCamera({ url, group, pace, speaks }: CameraPlan): Promise<Camera> {
  const isTutorial = speaks === 'tutorial';
  const report: CameraReport = { group, sent: 0, bytesSent: 0, dropped: {}, answers: [], closed: undefined };
  let credits = isTutorial ? Number.POSITIVE_INFINITY : 0;
  let seq = 0;
  let timer: NodeJS.Timeout | undefined;
  let isSending = false;
  let link: Link | undefined;

  const send = () => {
    if (!isSending || credits <= 0 || !link?.isOpen) return;
    credits -= 1;
    seq = (seq + 1) >>> 0;
    report.bytesSent += link.sendFrame({ seq, capturedAtMs: nowMs(), format: 'jpeg', image });
    report.sent += 1;
  };
  const sendAll = () => {
    while (isSending && credits > 0 && link?.isOpen) send();
  };

  function onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        credits = message.credits;
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
  }

  await new Promise<void>((resolve, reject) => {
    link = (isTutorial ? openTutorialLink : openLink)(url, {
      onOpen() {
        if (isTutorial) resolve();
      },
      onMessage(message) {
        onMessage(message);
        if (message.type === 'welcome') resolve();
      },
      onClose(closeCode) {
        report.closed = closeCode;
        reject(new Error(`The socket closed with ${closeCode}.`));
      },
    });
  });

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
    async close() {
      isSending = false;
      clearTimeout(timer);
      await link?.close();
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
