/** Whether this browser has a share sheet that takes such a file. */
export function canShareFile(name: string, type: string): boolean {
  // Not there in all browsers, nor on an insecure address, whatever the type says.
  const { canShare } = navigator as { canShare?: Navigator['canShare'] };
  return canShare?.call(navigator, { files: [new File([], name, { type })] }) ?? false;
}

/** Opens the share sheet of the system. A person who closes it wants nothing; so does one whose browser refuses. */
export async function shareFile(file: File, title: string): Promise<void> {
  await navigator.share({ files: [file], title }).catch(() => {});
}
