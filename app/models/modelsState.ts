import type { ImportOptions, ImportState, ModelList, Verification } from '../../protocol/models.ts';
import { givesLabels, isTaught } from '../../vision/tasks/taskOf.ts';
import type { Problem } from './problem.ts';

/** A model that is being added; it goes on when its panel is closed. One at a time. */
export type Adding =
  | { readonly kind: 'none' }
  /** The page packs several files into one, then sends it. */
  | {
      readonly kind: 'sending';
      readonly name: string;
      readonly sentBytes: number;
      /** Undefined while it is being packed, or where the server fetches it itself. */
      readonly totalBytes: number | undefined;
    }
  /** It did not get as far as an import at the server. */
  | {
      readonly kind: 'unsent';
      readonly name: string;
      /** `gone`: the server no longer has the import. */
      readonly problem: Problem | 'gone';
    }
  | {
      readonly kind: 'pending';
      readonly name: string;
      readonly state: ImportState;
      /** All that a person said about it. */
      readonly options: ImportOptions;
      /** The server has been asked something that changes it; further requests wait. */
      readonly isAsking: boolean;
      /** Why the last request came to nothing. */
      readonly problem: Problem | undefined;
    };

type Deed = 'verify' | 'quantize' | 'chooseWords' | 'rollBack' | 'remove';

/** What a person does with one model. */
export type Act =
  | { readonly kind: 'busy'; readonly what: Deed }
  | { readonly kind: 'verified'; readonly verification: Verification }
  | { readonly kind: 'failed'; readonly problem: Problem };

export type ListProblem =
  /** No server answers: nothing can be added or changed until it is back. */
  { readonly kind: 'away' } | { readonly kind: 'refused'; readonly problem: Problem };

export interface ModelsState {
  /** The last one that the server sent; undefined: none yet. */
  readonly list: ModelList | undefined;
  /** Why there is no newer list. */
  readonly problem: ListProblem | undefined;
  readonly adding: Adding;
  /** By id of the model. */
  readonly acts: Readonly<Record<string, Act>>;
  /** What became of the token that a person gave. */
  readonly access: 'unasked' | 'checking' | 'wrong' | 'given';
}

export const INITIAL_MODELS: ModelsState = {
  list: undefined,
  problem: undefined,
  adding: { kind: 'none' },
  acts: {},
  access: 'unasked',
};

export type ModelsEvent =
  | { readonly type: 'listed'; readonly list: ModelList }
  | { readonly type: 'unlisted'; readonly problem: ListProblem }
  | { readonly type: 'sending'; readonly name: string }
  | { readonly type: 'sent'; readonly sentBytes: number; readonly totalBytes: number }
  | { readonly type: 'unsent'; readonly problem: Problem | 'gone' }
  /** The server sent the state of an import. */
  | { readonly type: 'import'; readonly name: string; readonly state: ImportState }
  | { readonly type: 'asking'; readonly options: ImportOptions }
  | { readonly type: 'problem'; readonly problem: Problem }
  | { readonly type: 'cleared' }
  | { readonly type: 'act'; readonly id: string; readonly act: Act | undefined }
  | { readonly type: 'access'; readonly access: ModelsState['access'] };

export function modelsReducer(state: ModelsState, event: ModelsEvent): ModelsState {
  const { adding } = state;
  switch (event.type) {
    case 'listed':
      return { ...state, list: event.list, problem: undefined };
    case 'unlisted':
      return { ...state, problem: event.problem };
    case 'sending':
      return {
        ...state,
        adding: { kind: 'sending', name: event.name, sentBytes: 0, totalBytes: undefined },
      };
    case 'sent':
      // What comes after a cancel is of no interest.
      if (adding.kind !== 'sending') return state;
      return {
        ...state,
        adding: { ...adding, sentBytes: event.sentBytes, totalBytes: event.totalBytes },
      };
    case 'unsent':
      if (adding.kind !== 'sending') return state;
      return { ...state, adding: { kind: 'unsent', name: adding.name, problem: event.problem } };
    case 'import': {
      const before = adding.kind === 'pending' && adding.state.id === event.state.id ? adding : undefined;
      return {
        ...state,
        adding: {
          kind: 'pending',
          name: event.name,
          // While it is checked again, the previous report is still worth reading.
          state: { ...event.state, report: event.state.report ?? before?.state.report },
          options: before?.options ?? {},
          isAsking: false,
          problem: undefined,
        },
      };
    }
    case 'asking':
      if (adding.kind !== 'pending') return state;
      return { ...state, adding: { ...adding, options: event.options, isAsking: true, problem: undefined } };
    case 'problem':
      if (adding.kind !== 'pending') return state;
      return { ...state, adding: { ...adding, isAsking: false, problem: event.problem } };
    case 'cleared':
      return { ...state, adding: { kind: 'none' } };
    case 'act': {
      const { [event.id]: _, ...others } = state.acts;
      return { ...state, acts: event.act === undefined ? others : { ...others, [event.id]: event.act } };
    }
    case 'access':
      return { ...state, access: event.access };
    default:
      return event satisfies never;
  }
}

/** Whether the server is working on an import, so that its state is worth another request. */
export function isMoving({ phase }: ImportState): boolean {
  return phase === 'receiving' || phase === 'looking' || phase === 'trial';
}

/** Whether an import goes on, or ended with more than success. */
export function isUnanswered(adding: Adding): boolean {
  return adding.kind !== 'none' && !(adding.kind === 'pending' && adding.state.phase === 'live');
}

/** Whether things can be taught: there is a model that embeds them, and it is not broken. */
export const canTeach = (models: readonly { readonly task: string; readonly state?: string }[]): boolean =>
  models.some(({ task, state }) => isTaught(task) && state !== 'broken');

/** Models that give labels: an embedding gives none, and a broken one nothing. */
export function labellingModels(list: ModelList | undefined): ModelList['models'] {
  return (list?.models ?? []).filter((model) => givesLabels(model.task) && model.state !== 'broken');
}
