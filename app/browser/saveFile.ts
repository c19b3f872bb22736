/** How long a browser may take to begin with a download, ms. */
const KEEP_MS = 60_000;

/** Has the browser save a file where it saves downloads. */
export function saveFile(file: File): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}
