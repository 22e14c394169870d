import { bech32 } from 'bech32';

const MAX_LNURL_CHARACTERS = 2_000;

/** Where a wallet answers the challenge `k1` (LUD-04). */
export function loginUrl(origin: string, k1: Uint8Array, action: 'login' | 'link'): URL {
  const url = new URL('/v1/lnurl-auth/callback', origin);
  url.searchParams.set('tag', 'login');
  url.searchParams.set('k1', Buffer.from(k1).toString('hex'));
  url.searchParams.set('action', action);
  return url;
}

/** An address in bech32, in capitals: a QR code of those is smaller (LUD-01). */
export function lnurlOf(url: URL): string {
  const words = bech32.toWords(Buffer.from(url.href));
  return bech32.encode('lnurl', words, MAX_LNURL_CHARACTERS).toUpperCase();
}
