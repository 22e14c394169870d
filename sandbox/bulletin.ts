import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './replace-file.ts';

const FILE = 'sandbox.json';

export interface NodeAddress {
  /** host:port of the node's gRPC. */
  socket: string;
  /** Paths of the PEM certificate and the binary admin macaroon. */
  cert: string;
  macaroon: string;
  pubkey: string;
}

/** What `sandbox.json` says. The file is there, with a live pid, only while the nodes are ready. */
export interface Bulletin {
  pid: number;
  nodes: { market: NodeAddress; router: NodeAddress; buyer: NodeAddress };
}

export function postBulletin(dir: string, bulletin: Bulletin): void {
  replaceFile(join(dir, FILE), `${JSON.stringify(bulletin, null, 2)}\n`);
}

export function removeBulletin(dir: string): void {
  rmSync(join(dir, FILE), { force: true });
}
