import { refuseUsage } from '../failure.ts';

const DEFAULT_PORT = 10_009;
const LND_URI = /^lnd:(?:\/\/)?(\[[0-9a-f:.]+\]|[^:/?#[\]]+)(?::(\d{1,5}))?(?:\?(.*))?$/i;
const NWC_URI = 'nostr+walletconnect:';
const EXPECTED =
  'use sandbox, print, lnd:HOST:PORT?cert=PATH&macaroon=PATH, or nwc:FILE with the connection in it';

export type WalletChoice =
  | { kind: 'sandbox' }
  | { kind: 'print' }
  /** The file that the connection is in; or the connection itself; neither: the environment has it. */
  | { kind: 'nwc'; path?: string; connection?: string }
  | { kind: 'lnd'; socket: string; certPath: string | undefined; macaroonPath: string };

/** What `--wallet` names. Paths may be percent-encoded. @throws Failure */
export function parseWallet(text: string): WalletChoice {
  if (text === 'sandbox' || text === 'print') return { kind: text };
  if (text.startsWith(NWC_URI)) return { kind: 'nwc', connection: text };
  if (text === 'nwc') return { kind: 'nwc' };
  if (text.startsWith('nwc:')) return { kind: 'nwc', path: text.slice('nwc:'.length) };
  const [, host, port = String(DEFAULT_PORT), query = ''] = LND_URI.exec(text) ?? [];
  if (host === undefined) return refuseUsage(`"${text}" is not a wallet`, EXPECTED);
  if (Number(port) === 0 || Number(port) > 65_535) {
    return refuseUsage(`${port} is not a port`, EXPECTED);
  }
  const parameters = parametersOf(query);
  const macaroonPath = parameters.get('macaroon');
  if (!macaroonPath) return refuseUsage('the lnd: wallet needs a macaroon', EXPECTED);
  const certPath = parameters.get('cert') || undefined;
  return { kind: 'lnd', socket: `${host}:${port}`, certPath, macaroonPath };
}

function parametersOf(query: string): URLSearchParams {
  // A form would read + as a space; in a path it is a plus.
  const parameters = new URLSearchParams(query.replaceAll('+', '%2B'));
  const unknown = [...parameters.keys()].find((name) => name !== 'cert' && name !== 'macaroon');
  if (unknown !== undefined) refuseUsage(`the lnd: wallet has no "${unknown}"`, EXPECTED);
  return parameters;
}
