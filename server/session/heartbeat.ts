/** Decides which peer is pinged when. Its owner calls `due` again `tickMs` after each call. */
export interface Heartbeat<Peer> {
  /** Shorter the more peers there are. */
  readonly tickMs: number;
  add(peer: Peer, nowMs: number): void;
  delete(peer: Peer): void;
  /** The peer answered. */
  answered(peer: Peer): void;
  /** The peers to ping now, and those that are dead because they missed two pings. Dead ones are forgotten. */
  due(nowMs: number): { ping: readonly Peer[]; dead: readonly Peer[] };
}

const MISSED_PINGS = 2;
/** Least number of ticks of a heartbeat. */
const TICKS = 50;
/** Maximum number of pings of a tick that is in time: each of them, and each answer, holds up labels for a part of a millisecond. */
const AT_ONCE = 8;
/** What a late tick may make up for, in ticks: so that pings do not fall behind by what timers are late, and no stall is followed by a burst. */
const MAX_BEHIND = 2;

/** Each peer is pinged every `heartbeatMs`, never many at the same time even if all came at the same time. */
export function createHeartbeat<Peer>(heartbeatMs: number): Heartbeat<Peer> {
  /** In the order in which they are to be pinged. */
  const peers = new Map<Peer, { missedPings: number; nextPingMs: number }>();
  const ticks = () => Math.max(TICKS, Math.ceil(peers.size / AT_ONCE));
  let lastMs = Number.POSITIVE_INFINITY;

  return {
    get tickMs() {
      return heartbeatMs / ticks();
    },
    add: (peer, nowMs) => void peers.set(peer, { missedPings: 0, nextPingMs: nowMs + heartbeatMs }),
    delete: (peer) => void peers.delete(peer),
    answered(peer) {
      const state = peers.get(peer);
      if (state) state.missedPings = 0;
    },
    due(nowMs) {
      const ping: Peer[] = [];
      const dead: Peer[] = [];
      const late = Math.min(MAX_BEHIND, ((nowMs - lastMs) * ticks()) / heartbeatMs);
      const atMost = Math.ceil((peers.size / ticks()) * Math.max(1, late));
      lastMs = nowMs;
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
