/**
 * Gives the focus to a thing on the picture, for what had it is gone: to the thing `id`, if it is there; else to the one that
 * Tab comes to; else to where things will be. The attributes are those of the overlay's `LabelKeys`.
 */
export function focusThing(id?: number): void {
  const choices = [
    ...(id === undefined
      ? []
      : [`[data-thing]:is([data-chip="${id}"], [data-dot="${id}"]):not([data-unplaced], [data-leaving])`]),
    '[data-thing][tabindex="0"]:not([data-unplaced], [data-leaving])',
    '[data-things]',
  ];
  const element = choices.map((choice) => document.querySelector<HTMLElement>(choice)).find(Boolean);
  element?.focus({ preventScroll: true });
}
