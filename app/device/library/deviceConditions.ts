import { Listeners } from '../../../client/listeners.ts';
import { watchBattery } from '../../browser/battery.ts';
import type { DownloadConditions } from './downloadConditions.ts';

/** What the browser reports now; undefined: it does not report that. */
export interface DeviceConditions {
  /** The browser's data saver is on. */
  readonly saveData: boolean;
  readonly unmetered: boolean | undefined;
  readonly charging: boolean | undefined;
  /** The page is hidden, or was not touched for two minutes. A live view without input is idle, too. */
  readonly idle: boolean;
}

/** What a download waits for; `…-unknown`: the browser does not report it, which counts as not met. */
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

/** Reads and watches the conditions of the device. */
export interface DeviceConditionsWatch {
  read(): DeviceConditions;
  /** Returns the disposer. */
  onChange(listener: () => void): () => void;
  close(): void;
}

const IDLE_MS = 120_000;
const TOUCHES = ['pointerdown', 'keydown', 'wheel'] as const;

/** Each part where the browser reports it at all. */
interface NavigatorHints {
  connection?: EventTarget & { saveData?: boolean; type?: string };
}

/** Whether a connection is metered, by its type (Network Information API). */
export function isUnmetered(type: string | undefined): boolean | undefined {
  if (type === 'wifi' || type === 'ethernet') return true;
  return type === 'cellular' || type === 'bluetooth' || type === 'wimax' ? false : undefined;
}

export function watchDeviceConditions(): DeviceConditionsWatch {
  const { connection } = navigator as NavigatorHints;
  const listeners = new Listeners<void>();
  const ending = new AbortController();
  const { signal } = ending;
  let charging: boolean | undefined;
  let touchedAtMs = performance.now();
  let idleTimer: ReturnType<typeof setTimeout> | undefined;

  const notify = () => listeners.emit();
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
  const unwatchBattery = watchBattery((reading) => {
    const isOther = reading.charging !== charging;
    charging = reading.charging;
    if (isOther) notify();
  });

  return {
    read: () => ({
      saveData: connection?.saveData ?? false,
      unmetered: isUnmetered(connection?.type),
      charging,
      idle: isIdle(),
    }),
    onChange: (listener) => listeners.add(listener),
    close() {
      ending.abort();
      unwatchBattery();
      clearTimeout(idleTimer);
    },
  };
}
