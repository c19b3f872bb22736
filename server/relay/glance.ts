import { parseRelayedPicture, type RelayedLabels } from '../../protocol/relay.ts';
import type { RelayHub, ScreenPeer } from './relayHub.ts';

/** What a shared camera sees now. */
export interface GlancedCamera {
  readonly camera: number;
  readonly name?: string | undefined;
  /** Undefined: no picture came in time, as from a page in the background. */
  readonly labels: RelayedLabels | undefined;
  /** From the capture of the picture that the labels are of until now, ms. */
  readonly ageMs?: number;
}

export interface GlanceOptions {
  /** By what limits count it: a glance is a screen for as long as it lasts. */
  address: string;
  /** Maximum time to wait for pictures, ms. */
  timeoutMs: number;
}

/** Side of the pictures that are asked for, pixels: the least there is, as only their labels are read. */
const SIDE_PX = 16;

/**
 * The labels of all cameras whose persons agreed to be shown, by one picture of each. It is a screen that is closed again: cameras
 * say to their persons that one is open, a camera that is not shared is not seen, and of the pictures nothing is kept.
 * @throws CodedError `server_busy` where there are too many screens
 */
export function glance(
  hub: RelayHub,
  { address, timeoutMs }: GlanceOptions,
): Promise<readonly GlancedCamera[]> {
  return new Promise((resolve, reject) => {
    const seen = new Map<number, GlancedCamera>();
    const waiting = new Set<number>();
    const peer: ScreenPeer = {
      send(message) {
        // The person withdrew the consent in the meantime: nothing of this camera is said.
        if (message.type !== 'gone') return;
        seen.delete(message.camera);
        waiting.delete(message.camera);
        endIfAll();
      },
      sendPicture(message, onSent) {
        const { camera, labels, capturedAtMs } = parseRelayedPicture(message);
        const before = seen.get(camera);
        const ageMs = Math.max(0, performance.timeOrigin + performance.now() - capturedAtMs);
        if (before) seen.set(camera, { ...before, labels, ageMs });
        waiting.delete(camera);
        onSent();
        endIfAll();
      },
      isFree: true,
    };
    const timer = setTimeout(end, timeoutMs);
    function end(): void {
      clearTimeout(timer);
      hub.unwatch(peer);
      resolve([...seen.values()]);
    }
    function endIfAll(): void {
      if (waiting.size === 0) end();
    }
    try {
      for (const { camera, name, state } of hub.watch(peer, address)) {
        seen.set(camera, { camera, name, labels: undefined });
        if (state === 'shared') waiting.add(camera);
      }
    } catch (error) {
      clearTimeout(timer);
      reject(error);
      return;
    }
    hub.want(peer, { pictures: [...waiting].map((camera) => ({ camera, maxSidePx: SIDE_PX })) });
    endIfAll();
  });
}
