/** A camera that can be chosen. */
export interface CameraChoice {
  readonly id: string;
  /** As the browser gives it; empty where it has none. */
  readonly name: string;
}

/** The cameras there are. Before the permission is given browsers hide names and ids: then the list is empty. */
export async function listCameras(): Promise<CameraChoice[]> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices?.enumerateDevices) return [];
  const found = await devices.enumerateDevices();
  return found
    .filter((device) => device.kind === 'videoinput' && device.deviceId !== '')
    .map((device) => ({ id: device.deviceId, name: cameraName(device.label) }));
}

/** Calls `listener` when a camera is plugged in or out. Returns the disposer. */
export function onCamerasChange(listener: () => void): () => void {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  devices?.addEventListener?.('devicechange', listener);
  return () => devices?.removeEventListener?.('devicechange', listener);
}

/** Without the USB numbers that Chromium appends: "Webcam C920 (046d:082d)". */
function cameraName(label: string): string {
  return label.replace(/\s*\([0-9a-f]{4}:[0-9a-f]{4}\)$/i, '');
}

/** Whether the camera may be used without asking: undefined where the browser does not report it. */
export async function cameraPermission(): Promise<PermissionStatus | undefined> {
  try {
    return await navigator.permissions.query({ name: 'camera' as PermissionName });
  } catch {
    // Older Firefox and Safari do not know this permission.
    return undefined;
  }
}
