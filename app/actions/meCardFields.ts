/**
 * The fields of a text like `WIFI:S:name;P:word;;` or `MECARD:N:Doe,Jane;;`: a field may be there several times, and a
 * backslash stands before a sign that is meant as such. @returns undefined where it does not begin so
 */
export function fieldsOf(text: string, kind: string): Map<string, string[]> | undefined {
  const start = `${kind}:`;
  if (text.slice(0, start.length).toUpperCase() !== start) return undefined;
  const fields = new Map<string, string[]>();
  for (const [, name = '', value = ''] of text
    .slice(start.length)
    .matchAll(/([A-Za-z-]+):((?:\\.|[^;\\])*);?/gs)) {
    const key = name.toUpperCase();
    const plain = withoutQuotes(value).replaceAll(/\\(.)/gs, '$1');
    if (plain !== '') fields.set(key, [...(fields.get(key) ?? []), plain]);
  }
  return fields;
}

/** Some writers put names that look like numbers into quotes. */
const withoutQuotes = (value: string) => /^"(.*)"$/s.exec(value)?.[1] ?? value;
