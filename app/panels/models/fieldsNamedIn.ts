import { FIELDS, isField } from './decisionFields.ts';

/** Options of the command line whose fields bear other names. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  labels: ['Label names'],
  size: ['Width', 'Height'],
};

/**
 * What the controls of the page are called that do what `text` says by options of the command line, such as `--size`:
 * the server's words are the same for both. Each option once, in the order of the text; others are left out.
 */
export function fieldsNamedIn(text: string): { flag: string; names: readonly string[] }[] {
  const flags = new Set([...text.matchAll(/(?<![\w-])--([a-z]+(-[a-z]+)*)/g)].map(([, flag = '']) => flag));
  return [...flags].flatMap((flag) => {
    const field = flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const names = NAMES[flag] ?? (isField(field) ? [FIELDS[field].name] : undefined);
    return names ? [{ flag: `--${flag}`, names }] : [];
  });
}
