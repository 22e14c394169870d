import { isIP } from 'node:net';
import type {
  Outbound,
  OutboundFailure,
  OutboundRequest,
  OutboundResult,
} from '../../ports/outbound.ts';
import { exchange, type Limits } from './exchange.ts';
import { hostOf, type Reachable, reachable } from './reachable.ts';
import { resolveHost } from './resolve-host.ts';

const MAX_URL_LENGTH = 2_048;
const LIMITS: Limits = {
  connectMs: 5_000,
  totalMs: 15_000,
  bodyBytes: 64 * 1024,
  headerBytes: 16 * 1024,
};

export interface OutboundOptions {
  /** Address ranges in CIDR notation that may be called although they are not public. */
  allow?: readonly string[];
  /** All addresses of a host. */
  resolve?: (host: string) => Promise<string[]>;
  limits?: Partial<Limits>;
}

/**
 * Calls what others tell us to call, so that nobody reaches through us what he could not reach himself: every address
 * of a host is checked, and the connection goes to a checked one, whatever the name resolves to by then.
 */
export function openOutbound(options: OutboundOptions = {}): Outbound {
  const rules = reachable(options.allow ?? []);
  const resolve = options.resolve ?? resolveHost;
  const limits = { ...LIMITS, ...options.limits };

  return {
    objection(text) {
      const url = readUrl(text);
      return url ? rules.urlFault(url) : 'that is not a URL';
    },
    async send(request) {
      const signal = AbortSignal.timeout(limits.totalMs);
      try {
        return await call(request, rules, resolve, limits, signal);
      } catch (error) {
        const { name, message } = error as Error;
        if (signal.aborted) return failed('timeout', `no whole answer within ${limits.totalMs} ms`);
        return failed(name === 'TimeoutError' ? 'timeout' : 'broken', message);
      }
    },
  };
}

async function call(
  request: OutboundRequest,
  rules: Reachable,
  resolve: (host: string) => Promise<string[]>,
  limits: Limits,
  signal: AbortSignal,
): Promise<OutboundResult> {
  const url = readUrl(request.url);
  const fault = url ? rules.urlFault(url) : 'that is not a URL';
  if (!url || fault) return failed('forbidden', fault ?? '');
  const host = hostOf(url);
  const addresses = isIP(host) ? [host] : await within(signal, resolve(host)).catch(noneUnlessLate);
  if (addresses.length === 0) return failed('unresolved', 'the host has no address');
  for (const address of addresses) {
    const objection = rules.addressFault(url, address);
    if (objection) return failed('forbidden', objection);
  }
  return exchange(request, url, addresses, limits, signal);
}

function readUrl(text: string): URL | null {
  return text.length <= MAX_URL_LENGTH ? URL.parse(text) : null;
}

function noneUnlessLate(error: Error): string[] {
  if (error.name === 'TimeoutError') throw error;
  return [];
}

/** Waits no longer than the signal says for what cannot be aborted. */
async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function failed(outcome: OutboundFailure, detail: string): OutboundResult {
  return { outcome, detail };
}
