import type { Msg } from '@nats-io/transport-node';
import * as v from 'valibot';
import { messageOf } from '../../protocol/errors.ts';
import { ANNOUNCE_MS, Member, type Members, SILENT_MS } from '../fleet/member.ts';
import type { Log } from '../telemetry/log.ts';
import type { NatsLink } from './link.ts';

/** Time from one look for silent members to the next, ms. */
const LOOK_MS = 250;
/** Number of strangers on the subject that the log names; no more, since anything can be sent there. */
const MAX_STRANGERS_LOGGED = 20;

interface Heard {
  readonly member: Member;
  /** What members are told apart by, apart from figures. */
  readonly essence: string;
  /** Number of looks since it was last heard. */
  silentLooks: number;
}

/**
 * Members by core NATS: each announces itself on `<name>.member.<id>`, an empty message says that it has left.
 *
 * Silence is counted in looks of this process while it is connected: what kept this process from hearing, such as a lost
 * link or a busy machine, says nothing of others.
 */
export function openNatsMembers(link: NatsLink, log: Log): Members {
  const { connection } = link;
  const known = new Map<string, Heard>();
  const changeListeners = new Set<() => void>();
  const goneListeners = new Set<(id: string) => void>();
  const strangers = new Set<string>();
  const prefix = `${link.name}.member.`;
  let ownId: string | undefined;
  let read: (() => Member) | undefined;
  let announcing: NodeJS.Timeout | undefined;
  let isClosed = false;

  function hear({ subject, data }: Pick<Msg, 'subject' | 'data'>): void {
    const id = subject.slice(prefix.length);
    if (data.length === 0) {
      leave(id);
      return;
    }
    const parsed = parseMember(data);
    if (parsed?.id !== id) {
      noteStranger(subject);
      return;
    }
    const before = known.get(id);
    const essence = essenceOf(parsed);
    known.set(id, { member: parsed, essence, silentLooks: 0 });
    if (before?.essence !== essence) call(changeListeners, undefined);
  }

  function leave(id: string): void {
    if (!known.delete(id)) return;
    call(goneListeners, id);
    call(changeListeners, undefined);
  }

  function noteStranger(subject: string): void {
    if (strangers.has(subject) || strangers.size >= MAX_STRANGERS_LOGGED) return;
    strangers.add(subject);
    log.warn({ subject }, 'an announcement is not one of a member of this fleet, and is ignored');
  }

  function call<T>(listeners: ReadonlySet<(value: T) => void>, value: T): void {
    for (const listener of listeners) {
      try {
        listener(value);
      } catch (error) {
        log.error({ error: messageOf(error) }, 'a listener of changes in the fleet failed');
      }
    }
  }

  const subscription = connection.subscribe(`${prefix}*`, {
    callback(error, message) {
      if (error === null) hear(message);
      else if (!isClosed) log.error({ error: messageOf(error) }, 'announcements of the fleet are not heard');
    },
  });

  const look = setInterval(() => {
    if (!link.isConnected) return;
    for (const [id, heard] of known) {
      heard.silentLooks += 1;
      if (heard.silentLooks * LOOK_MS > SILENT_MS && id !== ownId) leave(id);
    }
  }, LOOK_MS);
  look.unref();

  const stopLink = link.onChange((isConnected) => {
    if (!isConnected) return;
    for (const heard of known.values()) heard.silentLooks = 0;
    announceNow();
  });

  function announceNow(): void {
    if (read === undefined || isClosed) return;
    const member = read();
    ownId = member.id;
    const data = encode(member);
    const subject = prefix + member.id;
    // At once, so that `all` has this process before its own words come back.
    hear({ subject, data });
    // What is said without a link would be heard late, and of another moment.
    if (!link.isConnected || connection.isClosed()) return;
    try {
      connection.publish(subject, data);
    } catch (error) {
      log.error({ error: messageOf(error) }, 'this process could not be announced to the fleet');
    }
  }

  return {
    get all() {
      return [...known.values()].map(({ member }) => member);
    },
    announce(next) {
      read = next;
      announceNow();
      clearInterval(announcing);
      announcing = setInterval(announceNow, ANNOUNCE_MS);
      announcing.unref();
    },
    announceNow,
    onChange(listener) {
      changeListeners.add(listener);
      return () => changeListeners.delete(listener);
    },
    onGone(listener) {
      goneListeners.add(listener);
      return () => goneListeners.delete(listener);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(announcing);
      clearInterval(look);
      stopLink();
      if (connection.isClosed()) return;
      subscription.unsubscribe();
      if (read === undefined || ownId === undefined || !link.isConnected) return;
      connection.publish(prefix + ownId, encode({ ...read(), isLeaving: true }));
      connection.publish(prefix + ownId);
      // The link may break now; the others notice the silence then.
      await connection.flush().catch(() => {});
    },
  };
}

const encode = (member: Member) => new TextEncoder().encode(JSON.stringify(member));

function parseMember(data: Uint8Array): Member | undefined {
  try {
    return v.parse(Member, JSON.parse(new TextDecoder().decode(data)));
  } catch {
    return undefined;
  }
}

/** All but the figures, which change with each announcement. */
function essenceOf(member: Member): string {
  const { labelsPerSecond: _, memoryBytes: __, ...rest } = member;
  if (rest.role === 'worker') return JSON.stringify(rest);
  const { sessions: ___, waiting: ____, ageMs: _____, ...gateway } = rest;
  return JSON.stringify(gateway);
}
