import type { Access } from '../access/adminRight.ts';
import type { Limits } from '../config/config.ts';
import type { UsageLimits } from '../limits/usageLimits.ts';
import type { FrameInbox } from '../queue/frameQueue.ts';
import type { ModelDirectory } from '../serving/modelDirectory.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { ResumeTokens } from './resumeToken.ts';

/** What a session needs of its socket. */
export interface SessionSocket {
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Bytes that were sent but not yet taken by the other side. */
  readonly unreadBytes: number;
  /** The client runs on this machine: see `Access`. */
  readonly isHere: boolean;
  /** By what limits count the client; see `clientGroup`. */
  readonly address: string;
}

/** What a session needs of its server. */
export interface SessionContext {
  queue: FrameInbox;
  models: ModelDirectory;
  limits: Limits;
  heartbeatMs: number;
  access: Pick<Access, 'callerWith'>;
  /** What one client may use. */
  usage: UsageLimits;
  resumeTokens: ResumeTokens;
  metrics: Metrics;
  log: Log;
  /** Undefined where no one asks for traces. */
  tracing?: Tracing | undefined;
  /** A monotonic clock. */
  nowMs: () => number;
  /** The session sent pictures that cost too much, and is being closed for it. */
  onTooCostly?(): void;
}
