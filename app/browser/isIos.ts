/** Whether this is an iPhone or an iPad, whose browsers are all Safari inside. An iPad calls itself a Mac, but has touch points. */
export function isIos({ userAgent, maxTouchPoints }: { userAgent: string; maxTouchPoints: number }): boolean {
  return /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
}
