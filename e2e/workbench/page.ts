import { Device } from '../../app/device/device.ts';
import { openDeviceSession } from '../../app/device/openSession.ts';
import type { DeviceModel } from '../../vision/deviceModel.ts';

/** The page's own parts, within reach of a test; workbench.ts serves them. */
const workbench = {
  openDeviceSession,
  fetchModel: async (): Promise<DeviceModel> => (await fetch('/workbench/model.json')).json(),
  files: {
    load: async (sha256: string) => (await fetch(`/workbench/files/${sha256}`)).arrayBuffer(),
  },
  /** Keeps models in this browser, and looks for newer versions often. */
  device: new Device({ token: () => undefined, openSession: openDeviceSession, pollMs: 300 }),
  /** A picture as a camera gives it. */
  picture: async (path: string) => createImageBitmap(await (await fetch(path)).blob()),
};

declare global {
  interface Window {
    workbench: typeof workbench;
  }
}

window.workbench = workbench;
