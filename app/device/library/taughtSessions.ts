import { THINGS_MODEL, THINGS_PREFIX } from '../../../protocol/things.ts';
import type { Head } from '../../../vision/things/head.ts';
import type { DeviceSession } from '../runtime/deviceSession.ts';
import type { DeviceSessions } from './deviceSessions.ts';

/**
 * Sessions of taught things as well: what is called `things:COLLECTION` is the one model behind all of them, with what was taught
 * of the collection.
 * @param headOf what was taught of a collection, the same object as long as that is the same; undefined while it is not known: then
 * nothing is named
 */
export function withTaught(
  device: DeviceSessions,
  headOf: (collection: string) => Head | undefined,
): DeviceSessions {
  /** Ids that are in use, all of the one model. */
  const used = new Set<string>();
  const isTaught = (id: string | undefined): id is string => id?.startsWith(THINGS_PREFIX) ?? false;
  const behind = (id: string) => (isTaught(id) ? THINGS_MODEL : id);
  const named = (id: string, session: DeviceSession) =>
    isTaught(id) ? taughtSession(session, id, () => headOf(id.slice(THINGS_PREFIX.length))) : session;
  /** What a session of the model was opened as. */
  const openedAs = (modelId: string) => (modelId === THINGS_MODEL ? [...used] : [modelId]);
  return {
    async open(id, signal, onWaiting) {
      if (id === undefined || behind(id) !== THINGS_MODEL) return device.open(id, signal, onWaiting);
      // Before it is open: another collection may be released meanwhile.
      const isFirst = !used.has(id);
      used.add(id);
      try {
        return named(id, await device.open(THINGS_MODEL, signal, onWaiting));
      } catch (error) {
        if (isFirst) used.delete(id);
        throw error;
      }
    },
    release(id) {
      if (behind(id) !== THINGS_MODEL) return device.release(id);
      used.delete(id);
      if (used.size === 0) device.release(THINGS_MODEL);
    },
    choose: (ids) => device.choose([...new Set(ids.map(behind))]),
    onReplaced: (listener) =>
      device.onReplaced((modelId, session) => {
        for (const id of openedAs(modelId)) listener(id, named(id, session));
      }),
    onLost: (listener) =>
      device.onLost((modelId, why) => {
        for (const id of openedAs(modelId)) listener(id, why);
      }),
  };
}

/** The session under the id of a collection. */
function taughtSession(session: DeviceSession, id: string, taught: () => Head | undefined): DeviceSession {
  return {
    taught,
    get model() {
      return session.model;
    },
    get info() {
      return { ...session.info, id };
    },
    get provider() {
      return session.provider;
    },
    get certificate() {
      return session.certificate;
    },
    get busy() {
      return session.busy;
    },
    run: (picture, options) => session.run(picture, options),
    onRenewed: (listener) => session.onRenewed(listener),
    onLost: (listener) => session.onLost(listener),
    close: () => session.close(),
  };
}
