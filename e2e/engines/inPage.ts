/*
 * Functions that run in the page. Self-contained: they are sent there as text.
 */

declare global {
  interface Window {
    livelensProblems: string[] | undefined;
    livelensCalls: Calls;
  }
}

/** What was noted; empty where nothing could be, as in a page that was reloaded in WebKit. */
export function problemsOf(): string[] {
  return window.livelensProblems ?? [];
}

/** Before the page's code: as if a person had chosen it on the last visit. `base`: the path of the page, which WebKit has not yet. */
export function chooseBackend({ place, base }: { place: string; base: string }): void {
  localStorage.setItem(`${base === '/' ? '' : base}livelens.place`, place);
}

/** How often each was called. */
interface Calls {
  /** Encodes in the page. */
  toBlob: number;
  requestVideoFrameCallback: number;
  /** To workers: a picture to encode, each. */
  postMessage: number;
  /** Those that the browser granted. */
  wakeLocks: number;
  /** That were opened. */
  sockets: number;
  /** Binary messages that went out, and their bytes: a frame, each. */
  frames: number;
  frameBytes: number;
}

/** Before the page's code: notes errors and what the content security policy stopped. */
export function noteProblems(): void {
  const problems: string[] = [];
  window.livelensProblems = problems;
  const consoleError = console.error;
  console.error = (...said: unknown[]) => {
    problems.push(said.map(String).join(' '));
    consoleError(...said);
  };
  // Captured: an element that cannot be loaded fires no event on its ancestors.
  const note = (event: Event) => {
    if (event instanceof ErrorEvent) problems.push(event.message);
    else if (event.target instanceof Element) problems.push(`could not load ${event.target.outerHTML}`);
  };
  window.addEventListener('error', note, true);
  window.addEventListener('unhandledrejection', ({ reason }) => problems.push(String(reason)));
  window.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    problems.push(`${violatedDirective} stopped ${blockedURI || 'inline'}`),
  );
}

/** Before the page's code: counts which way the page takes from the video to a JPEG, and locks of the screen. */
export function countCalls(): void {
  const calls: Calls = {
    toBlob: 0,
    requestVideoFrameCallback: 0,
    postMessage: 0,
    wakeLocks: 0,
    sockets: 0,
    frames: 0,
    frameBytes: 0,
  };
  window.livelensCalls = calls;
  const wrap = (
    prototype: object,
    name: string,
    around: (call: () => unknown, given: unknown[]) => unknown,
  ) => {
    const real: unknown = Reflect.get(prototype, name);
    if (typeof real !== 'function') return;
    Reflect.set(prototype, name, function wrapped(this: unknown, ...args: unknown[]) {
      return around(() => real.apply(this, args), args);
    });
  };
  const count = (prototype: object, name: 'toBlob' | 'requestVideoFrameCallback') =>
    wrap(prototype, name, (call) => {
      calls[name] += 1;
      return call();
    });
  count(HTMLCanvasElement.prototype, 'toBlob');
  count(HTMLVideoElement.prototype, 'requestVideoFrameCallback');
  wrap(Worker.prototype, 'postMessage', (call, [message]) => {
    // Pictures to encode; what reads codes gets others.
    if ((message as { type?: unknown } | null)?.type === 'encode') calls.postMessage += 1;
    return call();
  });
  wrap(WakeLock.prototype, 'request', async (call) => {
    const lock = await call();
    calls.wakeLocks += 1;
    return lock;
  });
  wrap(WebSocket.prototype, 'send', (call, [message]) => {
    if (message instanceof Uint8Array) {
      calls.frames += 1;
      calls.frameBytes += message.byteLength;
    }
    return call();
  });
  window.WebSocket = new Proxy(window.WebSocket, {
    construct(socket, given) {
      calls.sockets += 1;
      return Reflect.construct(socket, given);
    },
  });
}

/** Before the page's code: takes away what browsers came to have last. */
export function beAnOldBrowser(): void {
  Reflect.deleteProperty(window, 'OffscreenCanvas');
  Reflect.deleteProperty(HTMLVideoElement.prototype, 'requestVideoFrameCallback');
}

/**
 * Before the page's code: the camera shows these JPEGs (base64) in turn, 10 a second, as these engines draw without a
 * GPU. The cameras that Firefox and WebKit bring for tests show colours only, which nothing can be recognized in.
 */
export function beCamera(jpegs: readonly string[]): void {
  MediaDevices.prototype.getUserMedia = async () => {
    const pictures = await Promise.all(
      jpegs.map((jpeg) => {
        const bytes = Uint8Array.from(atob(jpeg), (character) => character.charCodeAt(0));
        return createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
      }),
    );
    const canvas = document.createElement('canvas');
    canvas.width = pictures[0]?.width ?? 0;
    canvas.height = pictures[0]?.height ?? 0;
    const context = canvas.getContext('2d');
    const stream = canvas.captureStream(10);
    let shown = 0;
    const timer = setInterval(() => {
      const picture = pictures[shown % pictures.length];
      shown += 1;
      if (picture) context?.drawImage(picture, 0, 0);
      if (stream.getTracks().every(({ readyState }) => readyState === 'ended')) clearInterval(timer);
    }, 100);
    return stream;
  };
}

/** What the page shows and says of itself. */
export interface Seen {
  state: string;
  connection: string;
  source: string;
  /** `ready` once the page opens without a network. */
  offline: string;
  /** Where the labels on the screen come from. */
  place: string;
  /** How far the model that looks has come on this device. */
  device: string;
  labels: string[];
  /** How this browser lets the page read pixels: `canvas`, `video-frame`, `none`. */
  pixels: string;
  /** Whether the readout tells labels a second and how old they are. */
  hasReading: boolean;
}

export function see(): Seen {
  const {
    state = '',
    connection = '',
    source = '',
    offline = '',
    pixels = '',
  } = document.querySelector('main')?.dataset ?? {};
  const boxes = document.querySelectorAll<HTMLElement>('[data-testid="label-box"]:not([data-leaving])');
  const readout = document.querySelector<HTMLElement>('[data-testid="readout"]');
  return {
    state,
    connection,
    source,
    offline,
    pixels,
    place: document.querySelector<HTMLElement>('[data-testid="overlay"]')?.dataset.backend ?? '',
    device: document.querySelector<HTMLElement>('[data-testid="place"]')?.dataset.device ?? '',
    labels: [...boxes].map(({ dataset }) => dataset.label ?? ''),
    hasReading: Number(readout?.dataset.rate) > 0 && Number(readout?.dataset.ageMs) > 0,
  };
}

/** Whether the page can act on what a person does. */
export function isAtWork(): boolean {
  return document.querySelector('main section button:not([disabled])') !== null;
}

/** What the page tells of the model on this device; the panel that tells it must be open. */
export function seeDevice(): { phase: string; passes: string; words: string } {
  const model = document.querySelector<HTMLElement>('[data-device-model]');
  const certificate = document.querySelector<HTMLElement>('[data-testid="certificate"]');
  return {
    phase: model?.dataset.phase ?? '',
    passes: certificate?.dataset.passes ?? '',
    words: [certificate, model].map((element) => element?.innerText ?? '').join('\n'),
  };
}
