'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import * as v from 'valibot';
import { CollectionId, THINGS_PREFIX } from '../../protocol/things.ts';
import { readAdminKey } from '../access/adminKey.ts';
import { readAdminToken } from '../access/adminToken.ts';
import { serverUrl } from '../browser/basePath.ts';
import { watchFragment } from '../browser/fragment.ts';
import { useStore } from '../browser/useStore.ts';
import type { Lens } from '../lens/lens.ts';
import type { LensState, Notice } from '../lens/lensState.ts';
import { type Mode, thingsMode } from '../lens/modes.ts';
import type { Problem } from '../models/problem.ts';
import { setOwnNames } from '../ui/words/ownNames.ts';
import { thingsOnServer } from './collectionOnServer.ts';
import { embedSamplesBy } from './embedSample.ts';
import { Things } from './things.ts';
import { thingsHere } from './thingsHere.ts';
import { INITIAL_THINGS, type ThingsState } from './thingsState.ts';

/** How often the page asks how far a collection is learned again, ms. */
const FOLLOW_MS = 1_000;

/** What the page does with taught things, and its state; undefined until there is a lens. @param version of the model, on this device and on the server */
export function useThings(
  lens: Lens | undefined,
  { modelId, version }: Pick<LensState, 'modelId'> & { version: string | undefined },
): {
  things: Things | undefined;
  state: ThingsState;
  /** Names the collection in use where a model is named. */
  modelId: string;
  /** Uses the lens in another way: of taught things, once there is a collection of them. */
  /** @param isPassing an arrow key came to it: the teaching view, which takes the focus, is not opened */
  chooseMode(mode: Mode, isPassing?: boolean): void;
  /** The mode of taught things was chosen, and the server has not said yet what is in the collection. */
  isEntering: boolean;
  /** Why the things cannot be used. */
  notice: Notice | undefined;
  dismissNotice(): void;
} {
  const [things, setThings] = useState<Things>();
  const [notice, setNotice] = useState<Notice>();
  useEffect(() => {
    if (lens === undefined) return;
    const page = new AbortController();
    const server = thingsOnServer({
      url: serverUrl(''),
      token: () => readAdminToken() ?? lens.token,
      adminKey: readAdminKey,
      signal: page.signal,
    });
    const here = thingsHere({
      embed: embedSamplesBy((view) => lens.teaching.run(view)),
      version: () => lens.teaching.version,
      onHead: (id, head) => lens.noteTaught(THINGS_PREFIX + id, head),
    });
    const created = new Things({
      server,
      here,
      onTaught: (id) => lens.noteTaught(id),
      onSampleLost: (problem) => setNotice(() => noticeOf(problem, 'sampleLost')),
    });
    setThings(created);
    watchFragment('things', page.signal, (id) => {
      if (!v.is(CollectionId, id)) return;
      void created.openLink(id).then(() => {
        const { problem } = created.store.getState();
        if (problem) setNotice(() => noticeOf(problem));
        else lens.chooseMode(thingsMode(created.modelId));
      });
    });
    return () => {
      page.abort();
      created.close();
    };
  }, [lens]);
  const isInUse = modelId?.startsWith(THINGS_PREFIX) ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what another version embedded is embedded again
  useEffect(() => {
    if (isInUse) void things?.refresh();
    else things?.stopTeaching();
  }, [things, isInUse, version]);
  const state = useStore(things?.store, INITIAL_THINGS);
  const isRelearning = state.details?.relearning !== undefined;
  useEffect(() => {
    if (!isRelearning || things === undefined) return;
    const timer = setInterval(() => void things.followRelearning(), FOLLOW_MS);
    return () => clearInterval(timer);
  }, [things, isRelearning]);
  const names = state.details?.things;
  useEffect(() => {
    setOwnNames(isInUse ? (names ?? []).map(({ name }) => name) : []);
  }, [isInUse, names]);
  const asked = useRef(0);
  const [isEntering, setEntering] = useState(false);
  const chooseMode = useCallback(
    (mode: Mode, isPassing = false) => {
      asked.current += 1;
      const mine = asked.current;
      setEntering(things !== undefined && mode.kind === 'things');
      if (things === undefined || mode.kind !== 'things') {
        lens?.chooseMode(mode);
        return;
      }
      const before = selectionOf(lens);
      void things.enter({ teaches: !isPassing }).then((isThere) => {
        if (mine === asked.current) setEntering(false);
        // The server took its time, and the person another mode, or an added model.
        if (mine !== asked.current || (before !== undefined && selectionOf(lens) !== before))
          things.stopTeaching();
        else if (isThere) lens?.chooseMode(thingsMode(things.modelId));
        else setNotice(() => noticeOf(things.store.getState().problem));
      });
    },
    [lens, things],
  );
  return {
    things,
    state,
    modelId: THINGS_PREFIX + state.chosen,
    chooseMode,
    isEntering,
    notice,
    dismissNotice: useCallback(() => setNotice(undefined), []),
  };
}

/** What labels the picture, to see whether it has changed; undefined while that is the server's choice. */
function selectionOf(lens: Lens | undefined): string | undefined {
  const { modelId, secondary, codes } = lens?.store.getState() ?? {};
  return modelId === undefined ? undefined : [modelId, codes, ...(secondary ?? [])].join(' ');
}

const noticeOf =
  (problem: Problem | undefined, title: 'failed' | 'sampleLost' = 'failed'): Notice =>
  ({ things, errors }) => {
    if (problem === undefined) return { title: things[title], text: '' };
    const { code, text, sentence } = problem;
    const own = Object.entries(things.problems).find(([known]) => known === code)?.[1];
    if (own !== undefined) return { title: things[title], text: own };
    return { title: things[title], text: '', english: { text, sentence, meaning: errors.meaning(code) } };
  };
