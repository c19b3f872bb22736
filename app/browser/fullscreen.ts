/** Has the page fill the screen. Refused without a person's act, or where a page may not; there the window has to do. */
export function enterFullscreen(): void {
  // Not there on an iPhone, whatever the type says.
  document.documentElement.requestFullscreen?.({ navigationUI: 'hide' }).catch(() => {});
}

/** Does nothing where the page does not fill the screen. */
export function leaveFullscreen(): void {
  if (document.fullscreenElement !== null) document.exitFullscreen().catch(() => {});
}
