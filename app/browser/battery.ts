/** What the browser reports about the battery. */
export interface BatteryReading {
  /** 0..1 */
  readonly level: number;
  readonly charging: boolean;
}

interface BatteryManager extends BatteryReading, EventTarget {}

interface NavigatorHints {
  getBattery?(): Promise<BatteryManager>;
}

/** Reports the battery now and at each change, and nothing where the browser does not. Returns the disposer. */
export function watchBattery(
  listener: (battery: BatteryReading) => void,
  device: NavigatorHints = navigator as NavigatorHints,
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
