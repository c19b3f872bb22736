import type { RelayState } from '../../client/relay/relayLink.ts';
import type { Words } from '../ui/words/en.ts';

/**
 * What a screen without the right token says.
 * @param isGiven it has one
 */
export function aboutToken(
  { wall, token }: Pick<Words, 'wall' | 'token'>,
  link: RelayState,
  isGiven: boolean,
): { title: string; text: string } {
  if (link.kind === 'refused' && link.code === 'token_expired') {
    return { title: token.expiredTitle, text: token.expiredText };
  }
  if (link.kind === 'refused' && link.code === 'insufficient_scope') {
    return { title: wall.scopeTitle, text: wall.scopeText };
  }
  return isGiven
    ? { title: token.wrongTitle, text: token.wrongText }
    : { title: wall.tokenTitle, text: wall.tokenText };
}
