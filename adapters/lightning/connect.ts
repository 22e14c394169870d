import { readFileSync } from 'node:fs';
import { type AuthenticatedLnd, authenticatedLndGrpc } from 'ln-service';

/** Where an LND is and what opens it: its socket, and the paths of its certificate and of a macaroon. */
export interface LndAddress {
  socket: string;
  certPath: string;
  macaroonPath: string;
}

/** Connects lazily: a node that is away is noticed by the first call. One connection serves a whole process. */
export function connectLnd(address: LndAddress): AuthenticatedLnd {
  const { lnd } = authenticatedLndGrpc({
    socket: address.socket,
    cert: readFileSync(address.certPath).toString('base64'),
    macaroon: readFileSync(address.macaroonPath).toString('hex'),
  });
  return lnd;
}
