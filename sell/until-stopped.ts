import { EXIT } from '../buyer/exit-codes.ts';
import { Failure } from '../buyer/failure.ts';

/** Aborts at the first Ctrl-C or SIGTERM; after that, another one ends the process as usual. */
export function untilStopped(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    for (const name of SIGNALS) process.off(name, stop);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  return controller.signal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a command says that was stopped before it was through. */
export const interrupted = () =>
  new Failure(EXIT.interrupted, 'interrupted', 'stopped', 'run it again to go on');
