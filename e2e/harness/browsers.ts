import { type Browser, chromium } from 'playwright';
import { findChromium } from '../../scripts/browser.ts';
import { CLIPS, type ClipId } from '../footage/clips.ts';
import { type Footage, footageOf } from '../footage/footage.ts';

/** What the browser has for a camera, and how it answers when a page asks for it. */
export interface CameraOptions {
  /**
   * A clip: the camera plays it. `none`: there is no camera. `two`: there are two, which show a test pattern.
   * `system`: what this machine has, and no answer is given.
   */
  camera: ClipId | 'none' | 'two' | 'system';
  /** What a person answers when the browser asks for the camera or the screen. */
  answer: 'allow' | 'deny';
  /** More of Chromium's flags. */
  flags: readonly string[];
}

/** Browsers by their launch flags; the fake camera is one of them, so each clip needs its own. */
export interface Browsers {
  get(options: CameraOptions): Promise<{ browser: Browser; footage: Footage | undefined }>;
  close(): Promise<void>;
}

const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export function openBrowsers(): Browsers {
  const open = new Map<string, Promise<Browser>>();
  return {
    async get(options) {
      const { camera } = options;
      const footage = isClip(camera) ? await footageOf(camera) : undefined;
      const args = [...QUIET, ...options.flags, ...flagsOf(options, footage)];
      const key = args.join(' ');
      const browser = open.get(key) ?? launch(args);
      open.set(key, browser);
      return { browser: await browser, footage };
    },
    async close() {
      const all = await Promise.all(open.values());
      open.clear();
      await Promise.all(all.map((browser) => browser.close()));
    },
  };
}

const isClip = (camera: CameraOptions['camera']): camera is ClipId => camera in CLIPS;

function flagsOf({ camera, answer }: CameraOptions, footage: Footage | undefined): string[] {
  if (camera === 'system') return [];
  const prompt = answer === 'allow' ? '--use-fake-ui-for-media-stream' : '--deny-permission-prompts';
  const device = '--use-fake-device-for-media-stream';
  if (footage) return [prompt, device, `--use-file-for-fake-video-capture=${footage.file}`];
  return [prompt, `${device}=device-count=${camera === 'two' ? 2 : 0}`];
}

function launch(args: string[]): Promise<Browser> {
  const executablePath = findChromium(process.env);
  if (executablePath === undefined) throw new Error('No Chromium found; run "npm test", which gets one.');
  return chromium.launch({ executablePath, args });
}
