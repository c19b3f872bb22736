import type { DownloadConditions } from './downloadConditions.ts';

/** What the browser tells about now; undefined: it does not tell. */
export interface DeviceConditions {
  /** A person told the browser to use less data. */
  readonly saveData: boolean;
  readonly unmetered: boolean | undefined;
  readonly charging: boolean | undefined;
  /** Nobody uses the page: it is hidden, or was not touched for two minutes. A lens that goes on by itself is idle. */
  readonly idle: boolean;
}

/** What a download waits for; `…-unknown`: the browser does not tell, which counts as not met. */
export type UnmetCondition =
  | 'save-data'
  | 'unmetered'
  | 'unmetered-unknown'
  | 'charging'
  | 'charging-unknown'
  | 'idle';

/** Why nothing is downloaded automatically now; undefined when all conditions that the person ticked are met. */
export function unmetCondition(
  conditions: DownloadConditions,
  now: DeviceConditions,
): UnmetCondition | undefined {
  if (now.saveData) return 'save-data';
  if (conditions.unmetered && now.unmetered !== true) {
    return now.unmetered === undefined ? 'unmetered-unknown' : 'unmetered';
  }
  if (conditions.charging && now.charging !== true) {
    return now.charging === undefined ? 'charging-unknown' : 'charging';
  }
  return conditions.idle && !now.idle ? 'idle' : undefined;
}

/** Tells what is around the page. */
export interface DeviceConditionsWatch {
  read(): DeviceConditions;
  /** Returns the disposer. */
  onChange(listener: () => void): () => void;
  close(): void;
}

const IDLE_MS = 120_000;
const TOUCHES = ['pointerdown', 'keydown', 'wheel'] as const;

/** Each part where the browser tells it at all. */
interface NavigatorHints {
  connection?: EventTarget & { saveData?: boolean; type?: string };
  getBattery?(): Promise<EventTarget & { charging: boolean }>;
}

/** What a connection's type says of its cost (Network Information API). */
export function isUnmetered(type: string | undefined): boolean | undefined {
  if (type === 'wifi' || type === 'ethernet') return true;
  return type === 'cellular' || type === 'bluetooth' || type === 'wimax' ? false : undefined;
}

export function watchDeviceConditions(): DeviceConditionsWatch {
  const { connection, getBattery } = navigator as NavigatorHints;
  const listeners = new Set<() => void>();
  const ending = new AbortController();
  const { signal } = ending;
  let battery: { charging: boolean } | undefined;
  let touchedAtMs = performance.now();
  let idleTimer: ReturnType<typeof setTimeout> | undefined;

  function notify(): void {
    for (const listener of listeners) listener();
  }
  const isIdle = () => document.hidden || performance.now() - touchedAtMs >= IDLE_MS;
  function touched(): void {
    const wasIdle = isIdle();
    touchedAtMs = performance.now();
    clearTimeout(idleTimer);
    idleTimer = setTimeout(notify, IDLE_MS);
    if (wasIdle) notify();
  }

  connection?.addEventListener('change', notify, { signal });
  document.addEventListener('visibilitychange', notify, { signal });
  for (const touch of TOUCHES) addEventListener(touch, touched, { signal, passive: true, capture: true });
  touched();
  // A refusal (it may be forbidden by policy) is the same as not telling.
  getBattery?.call(navigator).then(
    (known) => {
      if (signal.aborted) return;
      battery = known;
      known.addEventListener('chargingchange', notify, { signal });
      notify();
    },
    () => {},
  );

  return {
    read: () => ({
      saveData: connection?.saveData ?? false,
      unmetered: isUnmetered(connection?.type),
      charging: battery?.charging,
      idle: isIdle(),
    }),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      ending.abort();
      clearTimeout(idleTimer);
      listeners.clear();
    },
  };
}
