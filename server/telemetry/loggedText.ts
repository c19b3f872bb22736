import { CodedError, messageOf } from '../../protocol/errors.ts';

/** Before the id of a collection of taught things: in a path of the API, the id of a model, and the path of a file. */
const BEFORE_ID = String.raw`\/v1\/things\/|things(?::|%3A)|\.things[/\\]`;
const COLLECTION_ID = new RegExp(String.raw`(${BEFORE_ID})[^/\\'"]+`, 'gi');

/** A text as the log has it: without the ids of collections of taught things, as a link's is all that opens its collection. */
export const loggedText = (text: string): string => text.replace(COLLECTION_ID, '$1…');

/** Why something failed, as the log has it. What a client is told may name what is theirs: of that the code alone. */
export const loggedError = (error: unknown): string =>
  error instanceof CodedError ? error.code : loggedText(messageOf(error));
