/** Runs in the page: what a person cannot see, reach or hit there. Empty: nothing is wrong with the layout. */
export function layoutFaults(): string[] {
  /** Each side of a control, WCAG 2.2 target size (minimum). */
  const MIN_TARGET_PX = 24;
  /** Rounding of fractions of a pixel. */
  const SLACK_PX = 1.5;
  const faults: string[] = [];
  const modal = [...document.querySelectorAll<HTMLDialogElement>('dialog[open]')].at(-1);
  const scope: ParentNode = modal ?? document;
  /** What lies above the page on purpose, and covers what is below it until it is closed. */
  const layer = document.querySelector('[role="menu"], [data-testid="stream-panel"]');

  const isShown = (element: Element) =>
    element.checkVisibility({
      visibilityProperty: true,
      opacityProperty: true,
      contentVisibilityAuto: true,
    }) &&
    !element.closest('[inert]') &&
    element.getBoundingClientRect().width > 1;
  // Names of things follow the picture, a moment after the window has another size: names.spec.ts holds them to more than this.
  const isNameOfThing = (element: Element) => element.closest('[data-testid="overlay"]') !== null;
  const nameOf = (element: Element) =>
    `"${(element.ariaLabel || element.textContent?.trim() || element.getAttribute('placeholder') || element.tagName).replace(/\s+/g, ' ').slice(0, 60)}"`;

  const isSticky = (element: Element | null): boolean =>
    element !== null && (getComputedStyle(element).position === 'sticky' || isSticky(element.parentElement));

  const { scrollWidth, scrollHeight } = document.documentElement;
  if (scrollWidth > innerWidth || scrollHeight > innerHeight) {
    faults.push(`the page scrolls: ${scrollWidth}x${scrollHeight}`);
  }

  // Words: none outside the window, none cut off within a box that does not scroll.
  for (const element of scope.querySelectorAll<HTMLElement>('*')) {
    const hasWords = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
    );
    if (!hasWords || !isShown(element) || element.closest('[aria-hidden="true"], svg')) continue;
    if (isNameOfThing(element)) continue;
    // For screen readers only.
    if (getComputedStyle(element).clipPath !== 'none') continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    const rect = range.getBoundingClientRect();
    let clip = { left: 0, right: innerWidth, isScrolled: false };
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
      const { overflowX } = getComputedStyle(box);
      if (overflowX === 'visible') continue;
      const { left, right } = box.getBoundingClientRect();
      clip = {
        left: Math.max(clip.left, left),
        right: Math.min(clip.right, right),
        isScrolled: clip.isScrolled || (overflowX === 'auto' && box.scrollWidth > box.clientWidth),
      };
    }
    const isEllipsis = getComputedStyle(element).textOverflow === 'ellipsis';
    if (clip.isScrolled || isEllipsis) continue;
    if (rect.left < clip.left - SLACK_PX || rect.right > clip.right + SLACK_PX) {
      faults.push(
        `${nameOf(element)} is cut off: ${Math.round(rect.left)} to ${Math.round(rect.right)} of ${Math.round(clip.left)} to ${Math.round(clip.right)}`,
      );
    }
  }

  // Panels: none reaches beyond the window, so that their own scrolling shows all of them.
  for (const panel of document.querySelectorAll(
    'dialog[open], [role="menu"], [data-testid="stream-panel"]',
  )) {
    const { left, top, right, bottom } = panel.getBoundingClientRect();
    if (
      left < -SLACK_PX ||
      top < -SLACK_PX ||
      right > innerWidth + SLACK_PX ||
      bottom > innerHeight + SLACK_PX
    ) {
      faults.push(`a panel reaches beyond the window: ${[left, top, right, bottom].map(Math.round)}`);
    }
  }

  // Titles: whole, and below nothing.
  for (const title of scope.querySelectorAll<HTMLElement>('h1, h2')) {
    if (!isShown(title)) continue;
    const { left, top, right, bottom } = title.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) faults.push(`the title ${nameOf(title)} is cut off`);
    for (const x of [left + 2, (left + right) / 2, right - 2]) {
      const above = document.elementFromPoint(x, (top + bottom) / 2);
      if (above && !title.contains(above) && !above.contains(title) && !layer?.contains(above)) {
        faults.push(`the title ${nameOf(title)} is covered by ${nameOf(above)}`);
      }
    }
  }

  // Controls: each can be brought into sight, is what a press in its middle hits, and is large enough to hit.
  const controls = [
    ...scope.querySelectorAll<HTMLElement>(
      'button, a[href], input, select, textarea, summary, [tabindex="0"]',
    ),
  ].filter((element) => isShown(element) && element.offsetWidth > 1);
  const scrolled = [...scope.querySelectorAll('*')]
    .filter(
      (element) => element.scrollHeight > element.clientHeight || element.scrollWidth > element.clientWidth,
    )
    .map((element) => ({ element, top: element.scrollTop, left: element.scrollLeft }));
  for (const control of controls) {
    control.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const rect = control.getBoundingClientRect();
    const isCheckbox = control.matches('input[type="checkbox"]');
    const target = (isCheckbox && control.closest('label')?.getBoundingClientRect()) || rect;
    if (target.width < MIN_TARGET_PX || target.height < MIN_TARGET_PX) {
      faults.push(`${nameOf(control)} is too small to hit: ${target.width}x${target.height}`);
    }
    if (control.matches('[tabindex="0"]') || isNameOfThing(control)) continue;
    if (
      rect.left < -SLACK_PX ||
      rect.top < -SLACK_PX ||
      rect.right > innerWidth + SLACK_PX ||
      rect.bottom > innerHeight + SLACK_PX
    ) {
      faults.push(
        `${nameOf(control)} is cut off by the window: ${[rect.left, rect.top, rect.right, rect.bottom].map(Math.round)}`,
      );
    }
    const hit = document.elementFromPoint(rect.left + rect.width / 2, rect.top + rect.height / 2);
    const isHit =
      hit && (control.contains(hit) || hit.contains(control) || control.closest('label')?.contains(hit));
    if (!isHit && !(layer && hit && layer.contains(hit))) {
      faults.push(`${nameOf(control)} is covered by ${hit ? nameOf(hit) : 'nothing'} (${hit?.tagName})`);
    }
  }
  for (const { element, top, left } of scrolled) element.scrollTo({ top, left, behavior: 'instant' });

  // No two controls share a place.
  const visiblePart = (control: Element) => {
    let { left, top, right, bottom } = control.getBoundingClientRect();
    for (let box = control.parentElement; box; box = box.parentElement) {
      if (getComputedStyle(box).overflow === 'visible') continue;
      const clip = box.getBoundingClientRect();
      left = Math.max(left, clip.left);
      top = Math.max(top, clip.top);
      right = Math.min(right, clip.right);
      bottom = Math.min(bottom, clip.bottom);
    }
    return { left, top, right, bottom };
  };
  const rects = controls
    .map((control) => ({ control, rect: visiblePart(control) }))
    .filter(({ rect }) => rect.left < rect.right && rect.top < rect.bottom);
  for (const [index, one] of rects.entries()) {
    for (const other of rects.slice(index + 1)) {
      if (one.control.contains(other.control) || other.control.contains(one.control)) continue;
      if (layer && layer.contains(one.control) !== layer.contains(other.control)) continue;
      // What stays at hand lies above what scrolls, which scrolls clear of it.
      if (isSticky(one.control) !== isSticky(other.control)) continue;
      const isApart =
        one.rect.right <= other.rect.left + SLACK_PX ||
        other.rect.right <= one.rect.left + SLACK_PX ||
        one.rect.bottom <= other.rect.top + SLACK_PX ||
        other.rect.bottom <= one.rect.top + SLACK_PX;
      if (!isApart) faults.push(`${nameOf(one.control)} overlaps ${nameOf(other.control)}`);
    }
  }
  return faults;
}
