/** What all members of a fleet say of themselves. */
export const memberFields = (id: string) => ({
  id,
  host: id,
  pid: process.pid,
  product: '1.0.0',
  startedAtMs: 0,
  labelsPerSecond: 0,
  memoryBytes: 1,
  isLeaving: false,
});
