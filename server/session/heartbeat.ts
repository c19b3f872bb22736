/** Decides which peer is pinged when. Its owner calls `due` every `tickMs`. */
export interface Heartbeat<Peer> {
  readonly tickMs: number;
  add(peer: Peer, nowMs: number): void;
  delete(peer: Peer): void;
  /** The peer answered. */
  answered(peer: Peer): void;
  /** The peers to ping now, and those that are dead because they missed two pings. Dead ones are forgotten. */
  due(nowMs: number): { ping: readonly Peer[]; dead: readonly Peer[] };
}

const MISSED_PINGS = 2;
/** Ticks of a heartbeat. Each sends its share of the pings: thousands of them at the same time hold up all labels. */
const TICKS = 50;

/** Each peer is pinged every `heartbeatMs`, never many at the same time even if all came at the same time. */
export function createHeartbeat<Peer>(heartbeatMs: number): Heartbeat<Peer> {
  /** In the order in which they are to be pinged. */
  const peers = new Map<Peer, { missedPings: number; nextPingMs: number }>();

  return {
    tickMs: heartbeatMs / TICKS,
    add: (peer, nowMs) => void peers.set(peer, { missedPings: 0, nextPingMs: nowMs + heartbeatMs }),
    delete: (peer) => void peers.delete(peer),
    answered(peer) {
      const state = peers.get(peer);
      if (state) state.missedPings = 0;
    },
    due(nowMs) {
      const ping: Peer[] = [];
      const dead: Peer[] = [];
      const atMost = Math.ceil(peers.size / TICKS);
      for (const [peer, { missedPings, nextPingMs }] of peers) {
        if (ping.length + dead.length === atMost || nextPingMs > nowMs) break;
        peers.delete(peer);
        if (missedPings >= MISSED_PINGS) {
          dead.push(peer);
          continue;
        }
        peers.set(peer, { missedPings: missedPings + 1, nextPingMs: nowMs + heartbeatMs });
        ping.push(peer);
      }
      return { ping, dead };
    },
  };
}
