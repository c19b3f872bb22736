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

/** The field of it that is its name, by what the content begins with. */
const NAMES: readonly (readonly [content: RegExp, name: RegExp])[] = [
  [/^WIFI:/i, /[:;]S:((?:\\.|[^;\\])*)/i],
  [/BEGIN:VCARD/i, /^FN[^:\r\n]*:(.*)$/im],
  [/^MECARD:/i, /[:;]N:((?:\\.|[^;\\])*)/i],
  [/BEGIN:VEVENT/i, /^SUMMARY[^:\r\n]*:(.*)$/im],
];

function nameIn(text: string): string | undefined {
  if (/^https?:/i.test(text) && URL.canParse(text)) {
    const { host, pathname, search } = new URL(text);
    return host + (pathname === '/' && search === '' ? '' : pathname + search);
  }
  const pattern = NAMES.find(([content]) => content.test(text))?.[1];
  return pattern?.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1') || undefined;
}
