/** The least time between frames when a person wants to save data, or the battery is nearly empty: 4 and 8 a second. */
const SAVE_DATA_INTERVAL_MS = 250;
const LOW_BATTERY_INTERVAL_MS = 125;
const LOW_BATTERY = 0.2;

/** What the browser tells of the device; each part where it tells at all. */
interface NavigatorHints {
  /** `type` is told by browsers on phones only: `cellular`, `wifi`, … */
  connection?: { saveData?: boolean; type?: string };
  getBattery?(): Promise<Battery>;
}

interface Battery {
  charging: boolean;
  /** 0..1 */
  level: number;
}

/** Reasons of the device to send less than the link would take. */
export interface PowerSaver {
  /** The least time from one frame to the next, ms. */
  intervalMs(): number;
  /** Why pictures are not sent in more bytes than needed; undefined where nothing speaks against it. */
  readonly reason: SavingReason | undefined;
}

/** A wish to save data, a link that is paid for by the byte, or a battery that is nearly empty. */
export type SavingReason = 'data' | 'cellular' | 'battery';

export function watchPowerSaver(device: NavigatorHints = navigator as NavigatorHints): PowerSaver {
  let battery: Battery | undefined;
  // A refusal (it may be forbidden by policy) is the same as not telling.
  device.getBattery?.().then(
    (known) => {
      battery = known;
    },
    () => {},
  );
  const isLow = () => battery !== undefined && !battery.charging && battery.level <= LOW_BATTERY;
  return {
    // Read at each call, without the events of watchBattery: both change while the page is open, and neither costs anything to read.
    intervalMs: () => {
      if (device.connection?.saveData) return SAVE_DATA_INTERVAL_MS;
      return isLow() ? LOW_BATTERY_INTERVAL_MS : 0;
    },
    get reason() {
      if (device.connection?.saveData) return 'data';
      if (device.connection?.type === 'cellular') return 'cellular';
      return isLow() ? 'battery' : undefined;
    },
  };
}
