let own: ReadonlySet<string> = new Set();

/** Says which labels are names that a person gave to things: they are shown as they were written, in any language. */
export function setOwnNames(names: readonly string[]): void {
  own = new Set(names);
}

export const isOwnName = (label: string): boolean => own.has(label);
