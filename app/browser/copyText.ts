/** Puts a text into the clipboard. @returns whether the browser let the page do it */
export async function copyText(text: string): Promise<boolean> {
  // Not there on an insecure address, whatever the type says.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard === undefined) return false;
  return clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}
