import { messageOf } from '../../../protocol/errors.ts';
import { DeviceError } from './deviceSession.ts';

/** An error of a runtime as one of this device: they have no codes, only words. */
export function ofRuntime(cause: unknown): DeviceError {
  const message = messageOf(cause);
  if (
    cause instanceof RangeError ||
    /out of memory|bad_alloc|\bOOM\b|memory allocation|allocate/i.test(message)
  ) {
    return new DeviceError('memory', `There is not enough memory for the model: ${message}`, { cause });
  }
  if (/SIMD is not supported|is not supported in this|not defined/i.test(message)) {
    return new DeviceError('unsupported', `This browser cannot run models: ${message}`, { cause });
  }
  if (/fetch|import|network|load/i.test(message)) {
    return new DeviceError('unreachable', `The runtime for models could not be loaded: ${message}`, {
      cause,
    });
  }
  return new DeviceError('failed', message, { cause });
}
