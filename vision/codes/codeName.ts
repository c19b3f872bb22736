import { meCardIn } from './meCard.ts';
import { vCardIn } from './vCard.ts';
import { vEventIn } from './vEvent.ts';
import { wifiOf } from './wifi.ts';

/** A name is no longer, characters: the whole content is in `text`. */
const MAX_CHARS = 80;

/**
 * What a person reads over a code, in one line. Of a link the host comes first, whatever stands before it in the address; of
 * a network it is the name alone: others may see the screen.
 */
export function codeName(text: string): string {
  const line = (nameIn(text) ?? text)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .replaceAll(/\p{Bidi_Control}/gu, '')
    .trim();
  return line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS - 1)}…` : line;
}

/** The name of what the content is; undefined of one that is nothing but text. */
function nameIn(text: string): string | undefined {
  if (/^https?:/i.test(text) && URL.canParse(text)) {
    const { host, pathname, search } = new URL(text);
    return host + (pathname === '/' && search === '' ? '' : pathname + search);
  }
  return (wifiOf(text) ?? vCardIn(text) ?? meCardIn(text) ?? vEventIn(text))?.name || undefined;
}
