import { Announcer } from '../../app/overlay/announcer.ts';
import { watchContentRect } from '../../app/overlay/watchContentRect.ts';
import type { Label } from '../../protocol/messages.ts';
import { CameraLens, type LensLabels, type LensStatus } from '../camera/cameraLens.ts';
import type { ClientError } from '../clientError.ts';
import { ElementOverlay, type OverlayPlace } from './elementOverlay.ts';
import { STYLES } from './elementStyles.ts';
import { type ElementWords, elementWords } from './elementWords.ts';

/** Where `<live-lens>` finds its server, unless an attribute says so: next to the script. */
let ownServer = '';

/**
 * `<live-lens>`: a camera with boxes, outlines, skeletons and names, in any page. Nothing happens before a person presses its button, or `start()` is called.
 *
 * - Attributes: `server`, `token`, `model`, `min-score`, `facing` (`user` or `environment`), `muted` (says nothing to screen readers).
 * - Events: `labels` (`detail`: LensLabels), `status` (`detail`: LensStatus), `error` (`detail`: ClientError).
 * - Parts: `video`, `overlay`, `box`, `outline`, `halo`, `bones`, `joints`, `name`, `names`, `more`, `panel`, `message`, `button`, `stop`.
 */
export class LiveLensElement extends HTMLElement {
  static readonly observedAttributes = ['server', 'token', 'model', 'min-score', 'facing', 'lang'];

  readonly #video = document.createElement('video');
  readonly #overlay = document.createElement('div');
  readonly #panel = document.createElement('div');
  readonly #message = document.createElement('p');
  readonly #button = document.createElement('button');
  readonly #stop = document.createElement('button');
  readonly #quiet = document.createElement('p');
  readonly #spoken = document.createElement('div');
  readonly #view: ElementOverlay;
  readonly #announcer = new Announcer();
  #lens: CameraLens | undefined;
  #place: Pick<OverlayPlace, 'content' | 'viewport'> | undefined;
  #unwatch = () => {};
  #status: LensStatus = 'off';
  #error: ClientError | undefined;
  #labels: readonly Label[] = [];

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    this.#video.muted = true;
    this.#video.playsInline = true;
    this.#video.part.add('video');
    this.#overlay.className = 'overlay';
    this.#overlay.part.add('overlay');
    this.#overlay.ariaHidden = 'true';
    this.#panel.className = 'panel';
    this.#panel.part.add('panel');
    this.#message.part.add('message');
    this.#message.role = 'status';
    this.#button.type = 'button';
    this.#button.part.add('button');
    this.#button.addEventListener('click', () => void this.start());
    this.#stop.type = 'button';
    this.#stop.className = 'stop';
    this.#stop.part.add('button', 'stop');
    this.#stop.addEventListener('click', () => this.stop());
    this.#quiet.className = 'quiet';
    this.#quiet.role = 'status';
    this.#spoken.className = 'spoken';
    this.#spoken.ariaLive = 'polite';
    this.#panel.append(this.#message, this.#button);
    root.append(this.#video, this.#overlay, this.#stop, this.#quiet, this.#panel, this.#spoken);
    this.#view = new ElementOverlay(this.#overlay);
  }

  /** Of the newest picture; empty when they are too old to be shown. */
  get labels(): readonly Label[] {
    return this.#labels;
  }

  get status(): LensStatus {
    return this.#status;
  }

  /** Why it failed, or what was refused while it goes on. */
  get error(): ClientError | undefined {
    return this.#error;
  }

  connectedCallback(): void {
    this.#unwatch = watchContentRect(this.#video, 'cover', ({ content, viewport }) => {
      this.#place = { content, viewport };
    });
    this.#render();
  }

  disconnectedCallback(): void {
    this.#unwatch();
    this.stop();
  }

  attributeChangedCallback(name: string): void {
    switch (name) {
      case 'model':
      case 'min-score':
        this.#lens?.select(this.#selection());
        break;
      case 'server':
      case 'token':
      case 'facing':
        if (!this.#lens?.isRunning) break;
        this.stop();
        void this.start();
        break;
      default:
        this.#render();
    }
  }

  /** Opens the camera and connects. Call it on a person's action. Never rejects: the event `error` says why it failed. */
  async start(): Promise<void> {
    if (!this.isConnected || this.#lens?.isRunning) return;
    const lens = new CameraLens({
      ...this.#selection(),
      video: this.#video,
      source: 'camera',
      url: this.getAttribute('server') ?? ownServer,
      token: () => this.getAttribute('token') ?? undefined,
      facing: this.#isMirrored ? 'user' : 'environment',
      onStatus: (status, error) => this.#onStatus(status, error),
      onLabels: (labels) => this.#onLabels(labels),
      onShown: (capturedAtMs) => this.#draw(capturedAtMs),
    });
    this.#lens = lens;
    await lens.start();
  }

  /** Lets go of camera and connection. */
  stop(): void {
    this.#lens?.stop();
    this.#lens = undefined;
  }

  get #isMirrored(): boolean {
    return this.getAttribute('facing') === 'user';
  }

  get #words(): ElementWords {
    const lang = this.closest<HTMLElement>('[lang]')?.lang;
    return elementWords(lang || navigator.language);
  }

  #selection() {
    const minScore = Number.parseFloat(this.getAttribute('min-score') ?? '');
    return {
      model: this.getAttribute('model') ?? undefined,
      minScore: Number.isNaN(minScore) ? undefined : Math.min(1, Math.max(0, minScore)),
    };
  }

  #onStatus(status: LensStatus, error: ClientError | undefined): void {
    const hasChanged = status !== this.#status;
    this.#status = status;
    this.#error = error;
    if (status === 'off' || status === 'failed') {
      this.#labels = [];
      this.#view.clear();
    }
    this.#render();
    if (hasChanged) this.dispatchEvent(new CustomEvent('status', { detail: status }));
    if (error) this.dispatchEvent(new CustomEvent('error', { detail: error }));
  }

  #onLabels(labels: LensLabels): void {
    this.#labels = labels.labels;
    // Where the picture stands still, as while another app has the camera, no picture comes to take them away.
    if (performance.now() - labels.capturedAtMs >= labels.maxLabelAgeMs) this.#view.clear();
    else this.#view.update(labels);
    const { nothing, separator } = this.#words;
    // Names are the model's; only what joins them is in the person's language.
    const spoken = this.#announcer.update(labels.labels, performance.now(), {
      nothingInView: nothing,
      separator,
      count: (name: string, count: number) => (count === 1 ? name : `${count} × ${name}`),
    });
    if (spoken !== undefined && !this.hasAttribute('muted')) this.#spoken.textContent = spoken;
    this.dispatchEvent(new CustomEvent('labels', { detail: labels }));
  }

  #draw(capturedAtMs: number): void {
    if (this.#place === undefined) return;
    const { offsetLeft: x, offsetTop: y, offsetWidth: width, offsetHeight: height } = this.#stop;
    const obstacles = [{ x, y, width, height }];
    const place = { ...this.#place, mirrored: this.#isMirrored, obstacles };
    this.#view.draw(place, capturedAtMs, this.#words.more);
  }

  #render(): void {
    const words = this.#words;
    const status = this.#status;
    const isResting = status === 'off' || status === 'failed';
    const hadFocus = this.shadowRoot?.activeElement != null;
    this.#video.classList.toggle('mirrored', this.#isMirrored);
    this.#video.ariaLabel = words.video;
    this.#panel.hidden = !isResting && status !== 'starting';
    this.#button.hidden = !isResting;
    this.#button.textContent = status === 'failed' ? words.retry : words.start;
    this.#stop.hidden = isResting;
    this.#stop.textContent = words.stop;
    this.#message.textContent = this.#panel.hidden ? '' : this.#text(words);
    this.#quiet.textContent = this.#panel.hidden ? this.#text(words) : '';
    // A button that goes takes the focus along: whoever uses the keyboard goes on at the other.
    if (hadFocus) (isResting ? this.#button : this.#stop).focus();
  }

  #text(words: ElementWords): string {
    if (this.#error) return words.errors[this.#error.code] ?? this.#error.message;
    switch (this.#status) {
      case 'starting':
        return words.starting;
      case 'connecting':
        return words.connecting;
      case 'reconnecting':
        return words.reconnecting;
      case 'off':
      case 'failed':
      case 'live':
        return '';
      default:
        return this.#status satisfies never;
    }
  }
}

/** @param server where the script comes from: what is next to it is the server */
export function defineLiveLens(server: string): void {
  ownServer = server;
  // A second script tag, of this or another server, changes nothing.
  if (customElements.get('live-lens') === undefined) customElements.define('live-lens', LiveLensElement);
}
