import { NodeUnreachable } from '../../ports/lightning.ts';

const RENEW_AFTER_MS = 10_000;

/** Something that is opened anew when what it was asked of the node came to nothing. */
export interface Renewing<T> {
  use<R>(ask: (opened: T) => Promise<R>): Promise<R>;
  readonly opened: T;
}

/**
 * gRPC by itself waits up to two minutes between its attempts at a node that does not answer, and ln-service offers no
 * way to say otherwise: so the connection is made anew.
 */
export function renewing<T>(open: () => T): Renewing<T> {
  let opened = open();
  let renewedAtMs = Date.now();

  function renew(): void {
    if (Date.now() - renewedAtMs < RENEW_AFTER_MS) return;
    renewedAtMs = Date.now();
    // The old connection is not closed: calls under way would throw where nobody can catch it. gRPC lets it go idle.
    opened = open();
  }

  return {
    get opened() {
      return opened;
    },
    async use(ask) {
      try {
        return await ask(opened);
      } catch (error) {
        if (error instanceof NodeUnreachable) renew();
        throw error;
      }
    },
  };
}
