/** HTTP to addresses that somebody else chose: webhooks, LNURL, sources of exchange rates. */
export interface Outbound {
  /** Why a URL is never called, as far as that shows before its host is resolved; null when nothing speaks against it. */
  objection(url: string): string | null;
  /** Calls once, within limits of time and size; follows no redirect. Whatever goes wrong is an outcome. */
  send(request: OutboundRequest): Promise<OutboundResult>;
}

export interface OutboundRequest {
  method: 'GET' | 'POST';
  url: string;
  headers?: Record<string, string>;
  body?: string;
}

export type OutboundResult =
  | {
      outcome: 'answered';
      status: number;
      /** By lowercase name. */
      headers: Record<string, string | string[] | undefined>;
      body: Buffer;
      /** Whether the body went on beyond what is read of it. */
      truncated: boolean;
    }
  | { outcome: OutboundFailure; detail: string };

/**
 * `forbidden`: not an address that may be called. `unresolved`: the host has no address. `timeout`: no answer in full in
 * time. `broken`: the connection, its TLS or the answer's form failed.
 */
export type OutboundFailure = 'forbidden' | 'unresolved' | 'timeout' | 'broken';
