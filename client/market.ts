import { type Client, createClient } from './generated/client/index.ts';

export * from './generated/index.ts';
export type { Client };

/**
 * The HTTP API of a market, or of a data gateway. Hand it to any of the operations as `client`.
 *
 * @param token an API key or a buyer token; without one, what everybody may call
 */
export function marketAt(baseUrl: string, token?: string): Client {
  // Where a session's cookie would do as well, the document lists it too: a token is none.
  return createClient({ baseUrl, auth: (scheme) => (scheme.in === 'cookie' ? undefined : token) });
}
