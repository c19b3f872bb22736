/** What the browser reports about the battery. */
export interface BatteryReading {
  /** 0..1 */
  readonly level: number;
  readonly charging: boolean;
}

interface BatteryManager extends BatteryReading, EventTarget {}

/** The part of the navigator that not every browser has. */
interface BatteryNavigator {
  getBattery?(): Promise<BatteryManager>;
}

/** Reports the battery now and at each change, and nothing where the browser does not. Returns the disposer. */
export function watchBattery(
  listener: (battery: BatteryReading) => void,
  device: BatteryNavigator = navigator as BatteryNavigator,
): () => void {
  const watch = new AbortController();
  const { signal } = watch;
  device.getBattery?.().then(
    (battery) => {
      if (signal.aborted) return;
      const report = () => listener({ level: battery.level, charging: battery.charging });
      battery.addEventListener('levelchange', report, { signal });
      battery.addEventListener('chargingchange', report, { signal });
      report();
    },
    // It may be forbidden by policy: the same as no report.
    () => {},
  );
  return () => watch.abort();
}
