import { type Field, isField } from './decisionFields.ts';

/** Options of the command line that are no fields of their own. */
const OTHERS = ['labels', 'size'] as const;
/** Words to look for are labels. */
const SAME: Readonly<Record<string, string>> = { words: 'labels' };

/**
 * The fields of the page that do what `text` says by options of the command line, such as `--size`: the server's words are
 * the same for both. Each option once, in the order of the text; others are left out.
 */
export function fieldsNamedIn(text: string): { flag: string; field: Field | (typeof OTHERS)[number] }[] {
  const flags = new Set([...text.matchAll(/(?<![\w-])--([a-z]+(-[a-z]+)*)/g)].map(([, flag = '']) => flag));
  return [...flags].flatMap((flag) => {
    const field = (SAME[flag] ?? flag).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const known = OTHERS.find((one) => one === field) ?? (isField(field) ? field : undefined);
    return known ? [{ flag: `--${flag}`, field: known }] : [];
  });
}
