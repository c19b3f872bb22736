/** What the browser tells of the battery. */
export interface BatteryReading {
  /** 0..1 */
  readonly level: number;
  readonly charging: boolean;
}

interface BatteryManager extends BatteryReading, EventTarget {}

interface TellingNavigator {
  getBattery?(): Promise<BatteryManager>;
}

/** Tells the battery now and at each change, and nothing where the browser does not. Returns the disposer. */
export function watchBattery(
  listener: (battery: BatteryReading) => void,
  device: TellingNavigator = navigator as TellingNavigator,
): () => void {
  const watch = new AbortController();
  const { signal } = watch;
  device.getBattery?.().then(
    (battery) => {
      if (signal.aborted) return;
      const tell = () => listener({ level: battery.level, charging: battery.charging });
      battery.addEventListener('levelchange', tell, { signal });
      battery.addEventListener('chargingchange', tell, { signal });
      tell();
    },
    // It may be forbidden by policy: the same as not telling.
    () => {},
  );
  return () => watch.abort();
}

/** `74 %, charging` */
export const batteryInWords = ({ level, charging }: BatteryReading): string =>
  `${Math.round(level * 100)} %, ${charging ? 'charging' : 'not charging'}`;
