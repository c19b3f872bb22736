/** What is wrong with how the page lies in its window: what scrolls, is cut off, is too small to hit or lies on something else. Runs in the page. */
export function layoutFaults(): string[] {
  const { scrollWidth, scrollHeight } = document.documentElement;
  const found: string[] = [];
  if (scrollWidth > innerWidth || scrollHeight > innerHeight)
    found.push(`scrolls: ${scrollWidth}x${scrollHeight}`);
  const controls = [...document.querySelectorAll<HTMLElement>('button, a, input, select')].filter(
    (element) =>
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && element.offsetWidth > 1,
  );
  const rects = controls.map((element) => ({
    name: element.ariaLabel || element.textContent?.trim() || element.tagName,
    rect: element.getBoundingClientRect(),
  }));
  for (const [index, { name, rect }] of rects.entries()) {
    if (rect.left < 0 || rect.top < 0 || rect.right > innerWidth || rect.bottom > innerHeight) {
      found.push(`"${name}" is cut off`);
    }
    if (rect.width < 24 || rect.height < 24)
      found.push(`"${name}" is too small to hit: ${rect.width}x${rect.height}`);
    const under = rects
      .slice(index + 1)
      .filter(
        (other) =>
          rect.left < other.rect.right - 1 &&
          other.rect.left < rect.right - 1 &&
          rect.top < other.rect.bottom - 1 &&
          other.rect.top < rect.bottom - 1,
      );
    for (const other of under) found.push(`"${name}" overlaps "${other.name}"`);
  }
  return found;
}
