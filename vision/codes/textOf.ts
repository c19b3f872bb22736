/** A character set of codes that do not name theirs, and how much speaks for it in what it made of some bytes, 0..1. */
interface Candidate {
  readonly name: string;
  evidence(text: string, bytes: Uint8Array): number;
}

/** In the order in which they win where as much speaks for one as for another. */
const CANDIDATES: readonly Candidate[] = [
  {
    name: 'shift_jis',
    // What other sets look like in this one are half-width kana.
    evidence: (text) => shareOf(text, /[\u3040-\u30ff\u4e00-\u9fff\u3000-\u303f\uff01-\uff5e]/),
  },
  {
    name: 'euc-kr',
    // Chinese words of the first half of the alphabet have the same bytes; four such in a row are rare.
    evidence: (text) => (beyondAscii(text).length >= 4 ? shareOf(text, /[\uac00-\ud7a3]/) : 0),
  },
  {
    name: 'gb18030',
    evidence: (text, bytes) =>
      Math.min(shareOf(text, /[\u4e00-\u9fff\u3000-\u303f\uff01-\uff5e]/), usualGb(bytes)),
  },
  {
    name: 'windows-1251',
    evidence: (text) =>
      shareOf(text, /[А-яЁё№«»–—]/) *
      plausible(text, /\p{Ll}\p{Lu}/gu, /[a-zA-Z][\u0400-\u04ff]|[\u0400-\u04ff][a-zA-Z]/g) *
      0.9,
  },
  {
    name: 'windows-1252',
    // Western words have single letters with marks among plain ones.
    evidence: (text) =>
      shareOf(text, /[À-ÿ€£§°µ–—‘-„•…©®™²³½¡¿«»]/) * plausible(text, /[À-ÿ]{3,}|\p{Ll}\p{Lu}/gu) * 0.8,
  },
];

/** Below this share of what a candidate could have at best, bytes are no text. */
const LEAST_EVIDENCE = 0.55;

/** Marks between fields, as of GS1 and ISO 15434, are text; other control characters are in none. */
const FIELD_MARKS = '\u0004\u001c\u001d\u001e\u001f';

/**
 * The text that a code holds; undefined where its bytes are no text. Without a declared character set it is UTF-8 where
 * that fits, else the set for which the characters speak.
 */
export function textOf(bytes: Uint8Array, declaredText?: string): string | undefined {
  if (bytes.length === 0) return undefined;
  const certain = declaredText ?? decoded(bytes, 'utf-8');
  if (certain !== undefined) return isText(certain) ? certain : undefined;
  // In none of these sets is a byte below 0x20 part of a character, and decoders may change it.
  if (bytes.some((byte) => byte < 0x20 && !isText(String.fromCharCode(byte)))) return undefined;
  let best: { text: string; evidence: number } | undefined;
  for (const { name, evidence } of CANDIDATES) {
    const text = decoded(bytes, name);
    if (text === undefined || !isText(text)) continue;
    const found = evidence(text, bytes);
    if (found >= LEAST_EVIDENCE && found > (best?.evidence ?? 0)) best = { text, evidence: found };
  }
  return best?.text;
}

function isText(text: string): boolean {
  return [...text].every((character) => {
    if (FIELD_MARKS.includes(character)) return true;
    if (character === '\n' || character === '\r' || character === '\t') return true;
    return !/[\p{Cc}\p{Co}\p{Cn}\ufffd]/u.test(character);
  });
}

/** 0x80 to 0x9f; some versions of Node.js decode them as Latin-1, to control characters. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** @returns undefined where the bytes are not of this character set, or no one knows it */
export function decoded(bytes: Uint8Array, name: string): string | undefined {
  if (name === 'windows-1252') {
    return Array.from(bytes, (byte) => WINDOWS_1252[byte - 0x80] ?? String.fromCharCode(byte)).join('');
  }
  try {
    return new TextDecoder(name, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const beyondAscii = (text: string) => [...text].filter((character) => character > '\u007f');

function shareOf(text: string, usual: RegExp): number {
  const beyond = beyondAscii(text);
  return beyond.filter((character) => usual.test(character)).length / Math.max(1, beyond.length);
}

/** 1 minus the share of letters beyond ASCII that stand as in no word. */
function plausible(text: string, ...odd: readonly RegExp[]): number {
  const found = odd.reduce((sum, pattern) => sum + (text.match(pattern)?.join('').length ?? 0), 0);
  return Math.max(0, 1 - found / Math.max(1, beyondAscii(text).length));
}

/** Share of the double bytes that are of the first level of GB 2312, or its marks: nearly all that is written. */
function usualGb(bytes: Uint8Array): number {
  let all = 0;
  let usual = 0;
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i] ?? 0;
    if (lead < 0x80) continue;
    all += 1;
    if ((lead >= 0xb0 && lead <= 0xd7) || (lead >= 0xa1 && lead <= 0xa3)) usual += 1;
    i += 1;
  }
  return usual / Math.max(1, all);
}
