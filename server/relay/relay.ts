import { RELAY_PATH, RELAY_SUBPROTOCOL } from '../../protocol/relay.ts';
import type { SocketProtocol } from '../session/sockets.ts';
import { type GlancedCamera, glance } from './glance.ts';
import { RelayHub } from './relayHub.ts';
import { createRelaySession, type RelayContext } from './relaySession.ts';

/** Cameras that can be shown at the same time; a screen shows sixteen of them. */
const MAX_CAMERAS = 32;
/** Each picture goes to each of them. */
const MAX_SCREENS = 16;
/** One address leaves some to others; a room behind one address, or a proxy, still has a whole wall. */
const MAX_CAMERAS_PER_ADDRESS = 24;
const MAX_SCREENS_PER_ADDRESS = 8;
/** A phone that changes from one network to another, or is locked for a moment, is back by then. */
const KEEP_LOST_MS = 60_000;
/** A camera sends a picture within a tenth of this; one that does not is in the background. */
const GLANCE_MS = 2_000;

/** The relay of a server: pictures of shared cameras to screens. */
export interface Relay {
  readonly protocol: SocketProtocol;
  /** See `glance`. @param address by what limits count it */
  glance(address: string): Promise<readonly GlancedCamera[]>;
  /** Idempotent. Its sockets are closed by their owner. */
  close(): void;
}

export function createRelay(context: Omit<RelayContext, 'hub'>): Relay {
  const hub = new RelayHub({
    maxCameras: MAX_CAMERAS,
    maxCamerasPerAddress: MAX_CAMERAS_PER_ADDRESS,
    maxScreens: MAX_SCREENS,
    maxScreensPerAddress: MAX_SCREENS_PER_ADDRESS,
    keepLostMs: KEEP_LOST_MS,
  });
  return {
    protocol: {
      path: RELAY_PATH,
      subprotocol: RELAY_SUBPROTOCOL,
      open: (id, socket, onTooCostly) => createRelaySession(id, socket, { ...context, hub }, onTooCostly),
    },
    glance: (address) => glance(hub, { address, timeoutMs: GLANCE_MS }),
    close: () => hub.close(),
  };
}
