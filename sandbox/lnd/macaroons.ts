import { randomBytes } from 'node:crypto';
import { importMacaroon, type Macaroon, newMacaroon } from 'macaroon';
import { bytesOf } from '../bytes.ts';
import type { RootKeys } from '../store/root-keys.ts';
import { CODE, Refusal } from '../wallet/refusal.ts';
import { decodeMacaroonId, encodeMacaroonId, type MacaroonId } from './macaroon-id.ts';
import { isPermitted } from './permissions.ts';

const CACHE_SIZE = 1_000;
const NONCE_BYTES = 16;
/** Of the root key that LND's own macaroons are baked with, and that cannot be deleted. */
export const DEFAULT_ROOT_KEY_ID = '0';

interface Grant {
  permissions: ReadonlySet<string>;
  caveats: string[];
}

/** Bakes and checks one node's macaroons, in LND's format and with its refusals, all of them UNKNOWN. */
export class Macaroons {
  readonly #rootKeys: RootKeys;
  readonly #grants = new Map<string, Grant>();

  constructor(rootKeys: RootKeys) {
    this.#rootKeys = rootKeys;
  }

  /** A macaroon, version 2 binary, for permissions such as `invoices:read` or `uri:/…`. */
  bake(permissions: string[], rootKeyId = DEFAULT_ROOT_KEY_ID): Uint8Array {
    const rootKey = this.#rootKeys.make(rootKeyId);
    const identifier = encodeMacaroonId({
      nonce: randomBytes(NONCE_BYTES),
      rootKeyId,
      permissions,
    });
    return newMacaroon({ identifier, location: 'lnd', rootKey, version: 2 }).exportBinary();
  }

  rootKeyIds(): string[] {
    return this.#rootKeys.list();
  }

  /** Makes every macaroon worthless that was baked with this root key; false where there is none. */
  revoke(rootKeyId: string): boolean {
    if (rootKeyId === DEFAULT_ROOT_KEY_ID) throw refusal('the specified ID cannot be deleted');
    this.#grants.clear();
    return this.#rootKeys.remove(rootKeyId);
  }

  /** Throws for a missing, foreign, revoked or expired macaroon, and for one that was baked for other methods. */
  check(macaroonHex: string | undefined, method: string, ip: string): void {
    if (!macaroonHex) throw refusal('expected 1 macaroon, got 0');
    const { permissions, caveats } = this.#grantOf(macaroonHex);
    for (const caveat of caveats) {
      const fault = caveatFault(caveat, ip);
      if (fault) throw refusal(`caveat "${caveat}" not satisfied: ${fault}`);
    }
    if (!isPermitted(permissions, method)) throw refusal('permission denied');
  }

  #grantOf(macaroonHex: string): Grant {
    const known = this.#grants.get(macaroonHex);
    if (known) return known;
    const grant = this.#verify(macaroonHex);
    if (this.#grants.size >= CACHE_SIZE) this.#grants.clear();
    this.#grants.set(macaroonHex, grant);
    return grant;
  }

  #verify(macaroonHex: string): Grant {
    const { macaroon, id } = read(macaroonHex);
    const rootKey = this.#rootKeys.read(id.rootKeyId);
    if (!rootKey) {
      const missing = `root key with id ${id.rootKeyId} doesn't exist`;
      throw refusal(`cannot retrieve macaroon: cannot get macaroon: ${missing}`);
    }
    const caveats: string[] = [];
    try {
      macaroon.verify(rootKey, (caveat) => {
        caveats.push(caveat);
        return null;
      });
    } catch {
      throw refusal('verification failed: signature mismatch after caveat verification');
    }
    return { permissions: new Set(id.permissions), caveats };
  }
}

function read(macaroonHex: string): { macaroon: Macaroon; id: MacaroonId } {
  try {
    const macaroon = importMacaroon(bytesOf(macaroonHex));
    return { macaroon, id: decodeMacaroonId(macaroon.identifier) };
  } catch {
    throw refusal('cannot determine data format of binary-encoded macaroon');
  }
}

function caveatFault(caveat: string, ip: string): string | null {
  const [condition, value = ''] = caveat.split(' ');
  if (condition === 'time-before') {
    return (Date.parse(value) || 0) <= Date.now() ? 'macaroon has expired' : null;
  }
  if (condition !== 'ipaddr') return 'caveat not recognized';
  return value === ip ? null : 'macaroon locked to different IP address';
}

function refusal(words: string): Refusal {
  return new Refusal(CODE.unknown, words);
}
