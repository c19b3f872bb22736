'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import * as v from 'valibot';
import { CollectionId, THINGS_PREFIX } from '../../protocol/things.ts';
import { readAdminKey } from '../access/adminKey.ts';
import { readAdminToken } from '../access/adminToken.ts';
import { serverUrl } from '../browser/basePath.ts';
import { watchFragment } from '../browser/fragment.ts';
import { repeat } from '../browser/repeat.ts';
import { useStore } from '../browser/useStore.ts';
import type { Lens } from '../lens/lens.ts';
import type { Notice } from '../lens/lensState.ts';
import { type Mode, thingsMode } from '../lens/modes.ts';
import type { Problem } from '../models/problem.ts';
import { setOwnNames } from '../ui/words/ownNames.ts';
import { thingsOnServer } from './collectionOnServer.ts';
import { embedSamplesBy } from './embedSample.ts';
import { type Selected, selectionOf } from './selectionOf.ts';
import { Things } from './things.ts';
import { thingsHere } from './thingsHere.ts';
import { INITIAL_THINGS, type ThingsState } from './thingsState.ts';

/** How often the page asks how far a collection is learned again, ms. */
const FOLLOW_MS = 1_000;

/**
 * What the page does with taught things, and its state; undefined until there is a lens.
 * @param selected what labels the picture now
 * @param version of the model, on this device and on the server
 */
export function useThings(
  lens: Lens | undefined,
  selected: Selected,
  version: string | undefined,
): {
  things: Things | undefined;
  state: ThingsState;
  /** Names the collection in use where a model is named. */
  modelId: string;
  /** Uses the lens in another way: of taught things, once there is a collection of them. */
  /** @param isPassing an arrow key came to it: the teaching view, which takes the focus, is not opened */
  chooseMode(mode: Mode, isPassing?: boolean): void;
  /** The mode of taught things was chosen, nothing else since, and the server has not said yet what is in the collection. */
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
  const isInUse = selected.modelId?.startsWith(THINGS_PREFIX) ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what another version embedded is embedded again
  useEffect(() => {
    if (isInUse) void things?.refresh();
    else things?.stopTeaching();
  }, [things, isInUse, version]);
  const state = useStore(things?.store, INITIAL_THINGS);
  const isRelearning = state.details?.relearning !== undefined;
  useEffect(() => {
    // Not in use, nothing is embedded in this browser, and who comes back reads all of it again.
    if (!isInUse || !isRelearning || things === undefined) return;
    return repeat(() => things.followRelearning(), FOLLOW_MS);
  }, [things, isInUse, isRelearning]);
  const names = state.details?.things;
  useEffect(() => {
    setOwnNames(isInUse ? (names ?? []).map(({ name }) => name) : []);
  }, [isInUse, names]);
  const asked = useRef(0);
  const [entering, setEntering] = useState<{ readonly from: string | undefined }>();
  const chooseMode = useCallback(
    (mode: Mode, isPassing = false) => {
      asked.current += 1;
      const mine = asked.current;
      if (lens === undefined || things === undefined || mode.kind !== 'things') {
        setEntering(undefined);
        lens?.chooseMode(mode);
        return;
      }
      const from = selectionOf(lens.store.getState());
      setEntering({ from });
      void things.enter({ teaches: !isPassing }).then((isThere) => {
        if (mine === asked.current) setEntering(undefined);
        // The server took its time, and the person another mode, or an added model.
        if (mine !== asked.current || selectionOf(lens.store.getState()) !== from) things.stopTeaching();
        else if (isThere) lens.chooseMode(thingsMode(things.modelId));
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
    isEntering: entering !== undefined && entering.from === selectionOf(selected),
    notice,
    dismissNotice: useCallback(() => setNotice(undefined), []),
  };
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
