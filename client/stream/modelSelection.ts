import type { ClientMessage } from '../../protocol/messages.ts';

/** What a client asks of the server for a session; the server chooses what is left out. */
export interface ModelSelection {
  /** Id of the primary model. */
  readonly model?: string | undefined;
  /** Ids of the secondary models, three at most. Each frame is for one of the session's models. */
  readonly secondary?: readonly string[] | undefined;
  /** Lowest score of the primary model's labels, 0..1. */
  readonly minScore?: number | undefined;
}

/** Whether both name the same models, whatever their scores. */
export const isSameSelection = (a: ModelSelection, b: ModelSelection): boolean => keyOf(a) === keyOf(b);

const keyOf = ({ model, secondary = [] }: ModelSelection): string => JSON.stringify([model, ...secondary]);

/** The fields of `hello` that select models. On the wire, secondary models are `also`. */
export function toWire({
  secondary,
  ...rest
}: ModelSelection): Pick<Extract<ClientMessage, { type: 'hello' }>, 'model' | 'also' | 'minScore'> {
  return secondary === undefined ? rest : { ...rest, also: [...secondary] };
}
