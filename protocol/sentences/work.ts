/** What work comes to that ended before it was done, whatever the runtime calls that. */
export const WORK = {
  work_cancelled: 'This was cancelled before it was done. Try again.',
  work_too_slow: 'This took too long and was given up. Try again.',
} as const;
