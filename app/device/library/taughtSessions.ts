import { modelBehind, THINGS_MODEL, THINGS_PREFIX } from '../../../protocol/things.ts';
import { namedBy, namesFrom } from '../../../vision/things/head.ts';
import { DeviceError, type DeviceSession } from '../runtime/deviceSession.ts';
import type { DeviceHeads } from './deviceHeads.ts';
import type { DeviceSessions } from './deviceSessions.ts';

/**
 * Sessions of taught things as well: what is called `things:COLLECTION` is the one model behind all of them, with what was taught
 * of the collection. When that changes, `onReplaced` listeners are called: the next picture gets other names, whether it has changed or
 * not.
 */
export function withTaught(
  device: DeviceSessions,
  heads: Pick<DeviceHeads, 'headOf' | 'load' | 'onChange'>,
): DeviceSessions {
  /** What is in use, all of the one model: its latest session, once it is open. */
  const used = new Map<string, DeviceSession | undefined>();
  const isTaught = (id: string) => id.startsWith(THINGS_PREFIX);
  const collectionOf = (id: string) => id.slice(THINGS_PREFIX.length);

  /** The session as that of what was opened. */
  function use(id: string, session: DeviceSession): DeviceSession {
    const taught = () => {
      const head = heads.headOf(collectionOf(id));
      // Another version than the server's gives other vectors of the same thing.
      return head && namesFrom(head, session.model.version) ? head : undefined;
    };
    const own = isTaught(id) ? taughtSession(session, id, taught) : session;
    used.set(id, own);
    return own;
  }

  /** Why the things of a collection can be named on a server only. */
  function whyOnServer(collection: string): DeviceError | undefined {
    const embedder = heads.headOf(collection)?.embedder;
    if (embedder === undefined) return undefined;
    return new DeviceError(
      'no_model',
      `These things are compared by the model "${embedder.model}", which does that on a server only.`,
    );
  }

  return {
    async open(id, signal, onWaiting) {
      if (id === undefined || modelBehind(id) !== THINGS_MODEL) return device.open(id, signal, onWaiting);
      const isFirst = !used.has(id);
      // Before it is open: another collection may be released meanwhile.
      used.set(id, used.get(id));
      try {
        const [session] = await Promise.all([
          device.open(THINGS_MODEL, signal, onWaiting),
          isTaught(id) ? heads.load(collectionOf(id)) : undefined,
        ]);
        const why = isTaught(id) ? whyOnServer(collectionOf(id)) : undefined;
        if (why) {
          if (isFirst && used.size === 1) device.release(THINGS_MODEL);
          throw why;
        }
        return use(id, session);
      } catch (error) {
        if (isFirst) used.delete(id);
        throw error;
      }
    },
    release(id) {
      if (modelBehind(id) !== THINGS_MODEL) return device.release(id);
      used.delete(id);
      if (used.size === 0) device.release(THINGS_MODEL);
    },
    choose: (ids) => device.choose([...new Set(ids.map(modelBehind))]),
    onReplaced(listener) {
      const disposers = [
        device.onReplaced((modelId, session) => {
          if (modelId !== THINGS_MODEL) return listener(modelId, session);
          for (const id of [...used.keys()]) listener(id, use(id, session));
        }),
        heads.onChange((collection) => {
          const id = `${THINGS_PREFIX}${collection}`;
          const session = used.get(id);
          if (session && !whyOnServer(collection)) listener(id, session);
        }),
      ];
      return () => {
        for (const dispose of disposers) dispose();
      };
    },
    onLost(listener) {
      const disposers = [
        device.onLost((modelId, why) => {
          for (const id of modelId === THINGS_MODEL ? [...used.keys()] : [modelId]) listener(id, why);
        }),
        // Another embedder was chosen for it.
        heads.onChange((collection) => {
          const id = `${THINGS_PREFIX}${collection}`;
          const why = used.has(id) ? whyOnServer(collection) : undefined;
          if (why) listener(id, why);
        }),
      ];
      return () => {
        for (const dispose of disposers) dispose();
      };
    },
  };
}

/** The session under the id of a collection. */
function taughtSession(
  session: DeviceSession,
  id: string,
  taught: NonNullable<DeviceSession['taught']>,
): DeviceSession {
  return {
    taught,
    get model() {
      return session.model;
    },
    get info() {
      const head = taught();
      return { ...session.info, id, labels: head ? namedBy(head).map(({ name }) => name) : [] };
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
