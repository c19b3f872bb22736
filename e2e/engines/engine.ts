import { mustBeInstalled } from '../harness/mustBeInstalled.ts';
import { openFirefox, whyNoFirefox } from './firefox.ts';
import { openWebKit, whyNoWebKit } from './webkit.ts';

/** Browser engines in addition to Chromium. */
export const ENGINES = ['firefox', 'webkit'] as const;
export type EngineName = (typeof ENGINES)[number];

/** A browser as it is installed on this machine, without a visible window. */
export interface Engine {
  /** Opens an address of an `http:` server of ours as if for the first time: nothing is stored from before. */
  open(url: string, options?: OpenOptions): Promise<EnginePage>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /**
   * JavaScript that runs before the page's own code; see `scriptOf`. It may touch the window and its prototypes, but
   * not the document: in WebKit that is another one by then.
   */
  before?: string;
}

/** A page that is open. Functions that are to run in it are sent there as text: they must be self-contained. */
export interface EnginePage {
  /** @throws Error if the function throws in the page */
  evaluate<Result>(work: () => Result | Promise<Result>): Promise<Result>;
  evaluate<Result, Given>(work: (given: Given) => Result | Promise<Result>, given: Given): Promise<Result>;
  /** Presses a button of that name, as a person does, as soon as there is one that can be pressed. */
  press(name: string): Promise<void>;
  /** Presses the first element that a CSS selector finds. */
  pressElement(selector: string): Promise<void>;
  /** Chooses a file in the input with that `data-testid`. */
  chooseFile(testId: string, file: string): Promise<void>;
  /** Reloads it; whether `before` runs again depends on the engine. */
  reload(): Promise<void>;
  /** Closes it, and opens its address once more in the same browser, which has what was stored, with the same `before`. */
  openAgain(): Promise<EnginePage>;
  /** Makes the page so large, in CSS pixels. */
  resize(width: number, height: number): Promise<void>;
  /** A key pressed where the focus is, by its name in `KeyboardEvent.key`. */
  key(name: string): Promise<void>;
  /** A PNG of what the window shows. */
  screenshot(): Promise<Buffer>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A function and what it is given, as JavaScript that calls it. */
export function scriptOf<Given>(work: (given: Given) => void, given: Given): string {
  return `(${work})(${JSON.stringify(given)});`;
}

/** @throws Error if it is not installed */
export function openEngine(name: EngineName): Promise<Engine> {
  return name === 'firefox' ? openFirefox() : openWebKit();
}

/**
 * Why tests of this engine are skipped here, or undefined if they run: they do where it is installed, and where it
 * must be. That is Debian with `CI` set, since `.ci/run` installs it there; a test then fails for want of it.
 */
export function whySkipped(
  name: EngineName,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (mustBeInstalled(env)) return undefined;
  return name === 'firefox' ? whyNoFirefox() : whyNoWebKit();
}
