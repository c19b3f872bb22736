/** What happened on the page, as a person could have seen it. Times are milliseconds of the page's clock. */
export interface Recording {
  /** Each change of the page's state. */
  states: { atMs: number; state: string; connection: string; source: string }[];
  /** Each change of which labels are shown, without those that fade out; the last entry is what is shown now. */
  shown: { atMs: number; labels: { label: string; track: string }[] }[];
  /** Each change of where labels come from, with why. */
  places: { atMs: number; place: string; reason: string; switches: string }[];
  /** Each change of who gave the labels that are drawn. */
  drawn: { atMs: number; place: string }[];
  /** Each text that the live region came to hold. */
  announced: { atMs: number; text: string }[];
  /** What the content security policy stopped. */
  violations: string[];
}

declare global {
  interface Window {
    livelensRecording: Recording;
  }
}

/** Runs in the page before its own scripts. Self-contained: it is sent there as text. */
export function record(): void {
  const recording: Recording = {
    states: [],
    shown: [],
    places: [],
    drawn: [],
    announced: [],
    violations: [],
  };
  window.livelensRecording = recording;
  document.addEventListener('securitypolicyviolation', (event) => {
    recording.violations.push(`${event.violatedDirective} stopped ${event.blockedURI || 'inline'}`);
  });

  const lastOf = (list: readonly { atMs: number }[]) => {
    const last = list.at(-1);
    return last && JSON.stringify({ ...last, atMs: 0 });
  };
  const add = <T extends { atMs: number }>(list: T[], entry: T) => {
    if (lastOf(list) !== JSON.stringify({ ...entry, atMs: 0 })) list.push(entry);
  };
  const look = () => {
    const atMs = performance.now();
    const main = document.querySelector('main');
    if (main === null) return;
    const { state = '', connection = '', source = '' } = main.dataset;
    add(recording.states, { atMs, state, connection, source });
    const labels = [
      ...document.querySelectorAll<HTMLElement>('[data-testid="label-box"]:not([data-leaving])'),
    ]
      .map(({ dataset }) => ({ label: dataset.label ?? '', track: dataset.track ?? '' }))
      .sort((a, b) => a.track.localeCompare(b.track));
    if (labels.length > 0 || recording.shown.length > 0) add(recording.shown, { atMs, labels });
    const badge = document.querySelector<HTMLElement>('[data-testid="place"]');
    if (badge) {
      const { place = '', reason = '', switches = '' } = badge.dataset;
      add(recording.places, { atMs, place, reason, switches });
    }
    const place = document.querySelector<HTMLElement>('[data-testid="overlay"]')?.dataset.backend;
    if (place !== undefined) add(recording.drawn, { atMs, place });
    const text = document.querySelector('[data-testid="announcer"]')?.textContent?.trim();
    if (text) add(recording.announced, { atMs, text });
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: [
      'data-state',
      'data-connection',
      'data-source',
      'data-label',
      'data-track',
      'data-leaving',
      'data-backend',
      'data-reason',
    ],
  });
}

/** What was on the screen at one moment. */
export interface RawSample {
  atMs: number;
  /** Brightness 0..255 of the video at the points asked for. */
  brightness: [number, number][];
  /** Every label box, in CSS pixels of the viewport. */
  boxes: { label: string; track: string; x: number; y: number; width: number; height: number }[];
  video: VideoOnScreen;
  /** Age of the labels as the page says it, ms; NaN where it says none. */
  ageMs: number;
}

/** Where the video element is, and how it lays out what it plays. */
export interface VideoOnScreen {
  /** The element, CSS pixels of the viewport. */
  rect: { x: number; y: number; width: number; height: number };
  objectFit: string;
  isMirrored: boolean;
  /** Pixels of the picture that plays. */
  width: number;
  height: number;
}

export interface SampleRequest {
  durationMs: number;
  everyMs: number;
  /** Where to read the video, in 0..1 of it. */
  points: readonly (readonly [{ x: number; y: number }, { x: number; y: number }])[];
}

/**
 * Runs in the page: looks at video and label boxes together, again and again, each time right after the page has
 * drawn a display frame.
 */
export async function sample({ durationMs, everyMs, points }: SampleRequest): Promise<RawSample[]> {
  const video = document.querySelector<HTMLVideoElement>('[data-testid="video"]');
  if (video === null) throw new Error('The page has no video element.');
  const readout = document.querySelector<HTMLElement>('[data-testid="readout"]');
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('No canvas.');
  // The points lie in a narrow part; only that is copied.
  const xs = points.flat().map(({ x }) => x * canvas.width);
  const ys = points.flat().map(({ y }) => y * canvas.height);
  const left = Math.floor(Math.min(...xs));
  const top = Math.floor(Math.min(...ys));
  const width = Math.ceil(Math.max(...xs)) - left + 1;
  const height = Math.ceil(Math.max(...ys)) - top + 1;

  const channel = new MessageChannel();
  const frameDrawn = () =>
    new Promise<void>((resolve) => {
      channel.port1.onmessage = () => resolve();
      requestAnimationFrame(() => channel.port2.postMessage(null));
    });

  const samples: RawSample[] = [];
  const endMs = performance.now() + durationMs;
  let nextMs = performance.now();
  while (performance.now() < endMs) {
    await frameDrawn();
    const atMs = performance.now();
    if (atMs < nextMs) continue;
    nextMs = Math.max(nextMs + everyMs, atMs);
    context.drawImage(video, left, top, width, height, 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height).data;
    const at = (point: { x: number; y: number }) => {
      const x = Math.floor(point.x * canvas.width) - left;
      const y = Math.floor(point.y * canvas.height) - top;
      return pixels[(y * width + x) * 4 + 1] ?? 0;
    };
    const style = getComputedStyle(video);
    const { x, y, width: rectWidth, height: rectHeight } = video.getBoundingClientRect();
    samples.push({
      atMs,
      brightness: points.map(([bit, complement]) => [at(bit), at(complement)]),
      boxes: [...document.querySelectorAll<HTMLElement>('[data-testid="label-box"]:not([data-leaving])')].map(
        (element) => ({
          label: element.dataset.label ?? '',
          track: element.dataset.track ?? '',
          ...window.rectOfBox(element),
        }),
      ),
      video: {
        rect: { x, y, width: rectWidth, height: rectHeight },
        objectFit: style.objectFit,
        isMirrored: new DOMMatrix(style.transform).a < 0 || style.scale.startsWith('-1'),
        width: video.videoWidth,
        height: video.videoHeight,
      },
      ageMs: Number(readout?.dataset.ageMs || Number.NaN),
    });
  }
  return samples;
}
