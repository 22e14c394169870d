import { AsyncLocalStorage } from 'node:async_hooks';

/** What every line says that is logged on behalf of the same request. */
export interface LogContext {
  requestId: string;
}

/** The request on whose behalf something is done; nothing outside of one. */
export const logContext = new AsyncLocalStorage<LogContext>();
