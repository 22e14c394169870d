import { asError } from './failure.ts';
import { withTimeout } from './timeout.ts';

/** Asks the node for something, within bounds. @throws NodeUnreachable, or an Error that says what was being done */
export async function ask<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await withTimeout(doing, call());
  } catch (error) {
    throw asError(error, doing);
  }
}
