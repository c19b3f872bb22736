/** Why a model does not serve, in one line. */
export class ModelRefusal extends Error {
  override readonly name = 'ModelRefusal';
  constructor(
    message: string,
    /** What is behind it, a line each. */
    readonly details: readonly string[] | undefined,
  ) {
    super(message);
  }
}

/** What is behind an error's message, where something is. */
export const refusalDetails = (error: unknown): { details?: readonly string[] } =>
  error instanceof ModelRefusal && error.details ? { details: error.details } : {};
