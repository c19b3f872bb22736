/** The least time between frames when a person wants to save data, or the battery is nearly empty: 4 and 8 a second. */
const SAVE_DATA_INTERVAL_MS = 250;
const LOW_BATTERY_INTERVAL_MS = 125;
const LOW_BATTERY = 0.2;

/** What the browser tells of the device; each part where it tells at all. */
interface NavigatorHints {
  connection?: { saveData?: boolean };
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
}

export function watchPowerSaver(device: NavigatorHints = navigator as NavigatorHints): PowerSaver {
  let battery: Battery | undefined;
  // A refusal (it may be forbidden by policy) is the same as not telling.
  device.getBattery?.().then(
    (known) => {
      battery = known;
    },
    () => {},
  );
  return {
    // Read at each call, without the events of watchBattery: both change while the page is open, and neither costs anything to read.
    intervalMs: () => {
      if (device.connection?.saveData) return SAVE_DATA_INTERVAL_MS;
      const isLow = battery !== undefined && !battery.charging && battery.level <= LOW_BATTERY;
      return isLow ? LOW_BATTERY_INTERVAL_MS : 0;
    },
  };
}
