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

/** The field of it that is its name, by what the content begins with, and what divides the family's name from the given one. */
const NAMES: readonly (readonly [content: RegExp, name: RegExp, divider?: string])[] = [
  [/^WIFI:/i, /[:;]S:((?:\\.|[^;\\])*)/i],
  [/BEGIN:VCARD/i, /^(?:item\d+\.)?FN(?:;[^:\r\n]*)?:(.*)$/im],
  [/BEGIN:VCARD/i, /^(?:item\d+\.)?N(?:;[^:\r\n]*)?:(.*)$/im, ';'],
  [/^MECARD:/i, /[:;]N:((?:\\.|[^;\\])*)/i, ','],
  [/BEGIN:VEVENT/i, /^SUMMARY[^:\r\n]*:(.*)$/im],
];

function nameIn(text: string): string | undefined {
  if (/^https?:/i.test(text) && URL.canParse(text)) {
    const { host, pathname, search } = new URL(text);
    return host + (pathname === '/' && search === '' ? '' : pathname + search);
  }
  for (const [content, pattern, divider] of NAMES) {
    if (!content.test(text)) continue;
    const field = pattern.exec(text)?.[1] ?? '';
    const [first = '', second = ''] = divider === undefined ? [field] : partsOf(field, divider);
    const name = [second, first].map(unescaped).filter(Boolean).join(' ');
    if (name !== '') return name;
  }
  return undefined;
}

/** A backslash stands before a divider that is meant as such. */
const partsOf = (field: string, divider: string): string[] => field.split(new RegExp(`(?<!\\\\)${divider}`));
const unescaped = (value: string): string => value.replaceAll(/\\(.)/g, '$1').trim();
