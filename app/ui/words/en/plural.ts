const IRREGULAR = new Map([
  ['person', 'people'],
  ['mouse', 'mice'],
  ['knife', 'knives'],
  ['sheep', 'sheep'],
  ['skis', 'skis'],
  ['scissors', 'scissors'],
  ['broccoli', 'broccoli'],
  ['unknown', 'unknown'],
]);

/** More than one of what a label names, in English. */
export function plural(name: string): string {
  const irregular = IRREGULAR.get(name);
  if (irregular !== undefined) return irregular;
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}
