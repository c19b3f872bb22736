/** Why an import ended, and whether trying again can help. */
const importErrorCodes = {
  /** The source could not be fetched: no network, no such version. */
  source_unreachable: { retryable: true },
  /** What was fetched is not what is pinned. */
  integrity_mismatch: { retryable: false },
  /** The archive, the graph's JSON or a weight shard breaks its own format. */
  malformed_source: { retryable: false },
  /** The graph uses an operation that the op table lacks. */
  unsupported_op: { retryable: false },
  /** The op is known, but not with this attribute, rank or kind of operand. */
  unsupported_use: { retryable: false },
} as const satisfies Record<string, { retryable: boolean }>;
export type ImportErrorCode = keyof typeof importErrorCodes;

/** The only error an import throws on purpose. The message says what was expected, what came, and where. */
export class ImportError extends Error {
  readonly code: ImportErrorCode;
  readonly retryable: boolean;

  constructor(code: ImportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ImportError';
    this.code = code;
    this.retryable = importErrorCodes[code].retryable;
  }
}
