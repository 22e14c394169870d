import { randomBytes } from 'node:crypto';
import { importMacaroon, newMacaroon } from 'macaroon';
import { bytesOf } from '../bytes.ts';
import { CODE, Refusal } from '../wallet/refusal.ts';
import { isPermitted } from './permissions.ts';

const CACHE_SIZE = 1_000;

interface Grant {
  permissions: ReadonlySet<string>;
  expiresMs: number;
  ip: string | undefined;
}

/** Bakes and checks one node's macaroons: what each permits is signed into its identifier. */
export class Macaroons {
  readonly #rootKey: Uint8Array;
  readonly #grants = new Map<string, Grant>();

  constructor(rootKey: Uint8Array) {
    this.#rootKey = rootKey;
  }

  /** A macaroon, version 2 binary, for permissions such as `invoices:read` or `uri:/…`. */
  bake(permissions: string[]): Uint8Array {
    const nonce = randomBytes(16).toString('hex');
    const identifier = Buffer.from(JSON.stringify({ nonce, permissions }));
    const rootKey = this.#rootKey;
    return newMacaroon({ identifier, location: 'lnd', rootKey, version: 2 }).exportBinary();
  }

  /**
   * Throws UNAUTHENTICATED for a missing, foreign or expired macaroon, PERMISSION_DENIED for one
   * that was baked for other methods.
   */
  check(macaroonHex: string | undefined, method: string, ip: string): void {
    if (!macaroonHex) {
      throw new Refusal(CODE.unauthenticated, 'expected 1 macaroon, got 0');
    }
    const grant = this.#grantOf(macaroonHex);
    if (grant.expiresMs <= Date.now() || (grant.ip !== undefined && grant.ip !== ip)) {
      throw new Refusal(CODE.unauthenticated, 'verification failed: caveat not satisfied');
    }
    if (!isPermitted(grant.permissions, method)) {
      throw new Refusal(CODE.permissionDenied, 'permission denied');
    }
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
    const grant: Grant = { permissions: new Set(), expiresMs: Infinity, ip: undefined };
    const check = (caveat: string): string | null => {
      const [condition, value = ''] = caveat.split(' ');
      if (condition === 'time-before') {
        grant.expiresMs = Math.min(grant.expiresMs, Date.parse(value) || 0);
        return null;
      }
      if (condition !== 'ipaddr') return 'unknown caveat';
      if (grant.ip !== undefined && grant.ip !== value) return 'contradicting caveats';
      grant.ip = value;
      return null;
    };
    try {
      const macaroon = importMacaroon(bytesOf(macaroonHex));
      macaroon.verify(this.#rootKey, check);
      const identifier = JSON.parse(Buffer.from(macaroon.identifier).toString('utf8'));
      return {
        ...grant,
        permissions: new Set((identifier as { permissions: string[] }).permissions),
      };
    } catch {
      throw new Refusal(CODE.unauthenticated, 'verification failed: signature mismatch');
    }
  }
}
