/** Finds buttons that can be pressed by their accessible name. */
export const buttonXPath = (name: string): string =>
  `//button[not(@disabled) and (@aria-label="${name}" or normalize-space()="${name}")]`;

export const inputSelector = (testId: string): string => `input[data-testid="${testId}"]`;
