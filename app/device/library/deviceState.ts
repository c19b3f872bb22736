import type { Certificate } from '../runtime/certificate.ts';
import type { ProviderReport } from '../runtime/deviceSession.ts';
import type { DownloadConditions } from './downloadConditions.ts';

/** How far a version of a model has come on this device. */
export type DevicePhase =
  /** Nothing of it is here. */
  | { readonly kind: 'absent' }
  /** A condition for downloading that the person set is not met; `why`: an `UnmetCondition`. */
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'downloading'; readonly receivedBytes: number; readonly totalBytes: number }
  /** All of it is here; not in memory. */
  | { readonly kind: 'stored' }
  /** Runtime and graph are being loaded, and the goldens run. */
  | { readonly kind: 'starting' }
  /** Proven and in memory: the next frame is answered at once. */
  | { readonly kind: 'ready' }
  /** The goldens do not agree in this browser: it is not used. */
  | { readonly kind: 'unproven'; readonly why: string }
  /** `code`: `unreachable`, `unauthorized`, `quota`, `hash`, `memory`, `unsupported`, `no_model`, `gone`, `failed`. */
  | { readonly kind: 'failed'; readonly code: string; readonly why: string };

/** One model on this device. */
export interface DeviceModelState {
  readonly id: string;
  readonly name: string;
  /** Of the version in use, or of the first that is to be. */
  readonly phase: DevicePhase;
  /** The version in use here. */
  readonly version: string | undefined;
  /** A newer version that is downloaded while the other is in use. */
  readonly update: { readonly version: string; readonly phase: DevicePhase } | undefined;
  /** The version before, kept for going back. */
  readonly previous: string | undefined;
  readonly certificate: Certificate | undefined;
  readonly provider: ProviderReport | undefined;
  /** What its files take here, all versions, bytes. */
  readonly bytes: number;
}

/** What the page knows of this device as a place where models run. */
export interface DeviceState {
  readonly models: Readonly<Record<string, DeviceModelState>>;
  /** Whether models are kept for the next visit; not where the browser lends no storage (http, private windows). */
  readonly isPersistent: boolean;
  /**
   * `usedBytes`: models, what is left of downloads, and the runtime. `availableBytes`: how much more the browser lends this
   * page; undefined where it does not say, and before it was read.
   */
  readonly storage: { readonly usedBytes: number; readonly availableBytes: number | undefined } | undefined;
  readonly conditions: DownloadConditions;
}

export const EMPTY_DEVICE: DeviceState = {
  models: {},
  isPersistent: false,
  storage: undefined,
  conditions: { unmetered: false, charging: false, idle: false },
};
