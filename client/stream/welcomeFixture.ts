import type { ServerMessageOf } from '../../protocol/messages.ts';

/** What a server says of its one model, for tests. */
const MODEL: ServerMessageOf<'welcome'>['model'] = {
  id: 'm',
  version: '1',
  name: 'M',
  task: 'detection',
  labels: ['cat'],
  input: { width: 300, height: 300, fit: 'stretch' as const },
  minScore: { floor: 0.2, default: 0.5 },
};

/** A server's welcome, for tests. */
export const WELCOME: ServerMessageOf<'welcome'> = {
  type: 'welcome',
  also: [],
  session: 's1',
  resumed: false,
  resume: 'token-1',
  minScore: 0.5,
  model: MODEL,
  credits: 1,
  maxFrameBytes: 1000,
  maxAgeMs: 500,
  heartbeatMs: 20_000,
};
