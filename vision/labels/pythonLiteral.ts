/** What Python's `repr` gives for what labels are kept in. */
export type PythonValue = string | number | boolean | null | PythonValue[] | Map<PythonValue, PythonValue>;

const MAX_DEPTH = 20;
/** A string in either quotes; a byte string or a raw string is none of names. */
const STRING = /u?(?:'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)")/y;
const NUMBER = /[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?/y;
const WORD = /True|False|None/y;
const SPACE = /(?:\s|#[^\n]*)*/y;
const WORDS: Readonly<Record<string, PythonValue>> = { True: true, False: false, None: null };
const BRACKETS: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' };

/**
 * Reads a Python literal: dict, list, tuple, set, string, number. Exporters write `str(names)` into metadata.
 * @throws SyntaxError
 */
export function parsePythonLiteral(text: string): PythonValue {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  };
  const isNext = (sign: string): boolean => {
    take(SPACE);
    if (!text.startsWith(sign, at)) return false;
    at += sign.length;
    return true;
  };
  const fail = (): never => {
    throw new SyntaxError(`no Python literal at character ${at}`);
  };
  const value = (depth: number): PythonValue => {
    if (depth > MAX_DEPTH) fail();
    take(SPACE);
    const open = text[at] ?? '';
    const close = BRACKETS[open];
    if (close !== undefined) {
      at += 1;
      return collection(open, close, depth);
    }
    let string = take(STRING);
    if (string) {
      // Strings that follow each other are one.
      let joined = '';
      for (; string; take(SPACE), string = take(STRING))
        joined += withoutEscapes(string[1] ?? string[2] ?? '');
      return joined;
    }
    const number = take(NUMBER);
    if (number) return Number(number[0]);
    const word = take(WORD);
    return word ? (WORDS[word[0]] ?? null) : fail();
  };
  const collection = (open: string, close: string, depth: number): PythonValue => {
    const items: PythonValue[] = [];
    const map = new Map<PythonValue, PythonValue>();
    while (!isNext(close)) {
      const item = value(depth + 1);
      if (open === '{' && isNext(':')) map.set(item, value(depth + 1));
      else items.push(item);
      if (!isNext(',')) {
        if (isNext(close)) break;
        fail();
      }
    }
    if (map.size > 0 && items.length > 0) fail();
    return open === '{' && items.length === 0 ? map : items;
  };
  const whole = value(0);
  take(SPACE);
  return at === text.length ? whole : fail();
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
};

const withoutEscapes = (text: string): string =>
  text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, x?: string, u?: string, long?: string, octal?: string, char?: string) => {
      const hex = x ?? u ?? long;
      const code =
        hex !== undefined
          ? Number.parseInt(hex, 16)
          : octal !== undefined
            ? Number.parseInt(octal, 8)
            : undefined;
      if (code !== undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      const own = ESCAPES[char ?? ''];
      if (own !== undefined) return own;
      return char === '\\' || char === "'" || char === '"' ? char : whole;
    },
  );
