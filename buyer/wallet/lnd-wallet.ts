import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthenticatedLnd } from 'lightning';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { lnFault, lnService } from './ln-service.ts';
import type { Payable, PayOutcome, Wallet } from './wallet.ts';

const PATHFINDING_TIMEOUT_MS = 60_000;
const SILENCE_MS = 10_000;
const PENDING_PATIENCE_MS = 90_000;
const POLL_MS = 500;
const MIN_FEE_LIMIT_MSAT = 10_000n;
const FEE_LIMIT_PERCENT = 5n;

/** How to reach an LND, or what speaks like one: credentials as base64. */
export interface LndAccess {
  socket: string;
  cert?: string;
  macaroon: string;
}

export interface LndWalletOptions extends LndAccess {
  /** The most to pay for routing; by default a twentieth of the amount, and 10 sat where that is less. */
  maxFeeMsat?: bigint;
}

/** A wallet on a Lightning node that speaks LND's gRPC. Its macaroon needs `offchain:read` and `offchain:write`. */
export class LndWallet implements Wallet {
  readonly #lnd: AuthenticatedLnd;
  readonly #socket: string;
  readonly #maxFeeMsat: bigint | undefined;

  constructor({ socket, cert, macaroon, maxFeeMsat }: LndWalletOptions) {
    const credentials = { socket, macaroon, ...(cert !== undefined && { cert }) };
    this.#lnd = lnService.authenticatedLndGrpc(credentials).lnd;
    this.#socket = socket;
    this.#maxFeeMsat = maxFeeMsat;
  }

  async pay(payable: Payable): Promise<PayOutcome> {
    const before = await this.#settledState(payable.paymentHash);
    if (before !== null && before.state !== 'failed') return before;
    const fault = await this.#send(payable);
    const after = await this.#settledState(payable.paymentHash);
    if (after === null) return { state: 'failed', reason: fault ?? 'unknown' };
    // The node's own word on why is better than its record's.
    return after.state === 'failed' ? { state: 'failed', reason: fault ?? after.reason } : after;
  }

  // Over a stream: ln-service's promise calls back twice when a connection breaks, and throws past everybody.
  #send({ bolt11, amountMsat }: Payable): Promise<string | null> {
    return new Promise((resolve) => {
      const events = lnService.subscribeToPayViaRequest({
        lnd: this.#lnd,
        request: bolt11,
        max_fee_mtokens: String(this.#maxFeeMsat ?? feeLimitMsat(amountMsat)),
        pathfinding_timeout: PATHFINDING_TIMEOUT_MS,
      });
      const end = (fault: string | null) => {
        clearTimeout(silence);
        events.removeAllListeners();
        resolve(fault);
      };
      const silence = setTimeout(end, PATHFINDING_TIMEOUT_MS + SILENCE_MS, 'NoAnswer');
      events.on('confirmed', () => end(null));
      events.on('failed', (failed) => end(failureName(failed)));
      events.on('error', (error) => end(lnFault(error).name));
    });
  }

  /** How the payment of a hash stands once it is no longer under way, or `pending` when that lasts; null: never tried. */
  async #settledState(paymentHash: string): Promise<PayOutcome | null> {
    const giveUpAtMs = Date.now() + PENDING_PATIENCE_MS;
    for (;;) {
      const outcome = await this.#state(paymentHash);
      if (outcome?.state !== 'pending' || Date.now() > giveUpAtMs) return outcome;
      await sleep(POLL_MS);
    }
  }

  async #state(id: string): Promise<PayOutcome | null> {
    try {
      const known = await lnService.getPayment({ lnd: this.#lnd, id });
      if (known.is_confirmed) {
        return { state: 'paid', feeMsat: BigInt(known.payment?.fee_mtokens ?? 0) };
      }
      if (known.is_pending) return { state: 'pending' };
      return { state: 'failed', reason: failureName(known.failed) };
    } catch (error) {
      const { status, name } = lnFault(error);
      if (status === 404) return null;
      throw new Failure(
        EXIT.notPaid,
        'wallet-unreachable',
        `the wallet at ${this.#socket} does not answer as an LND does (${name})`,
        'check its address, certificate and macaroon, or pay by hand with --wallet print',
      );
    }
  }
}

/** What routing may cost at most for an amount, unless the user says otherwise. */
export function feeLimitMsat(amountMsat: bigint): bigint {
  const share = (amountMsat * FEE_LIMIT_PERCENT) / 100n;
  return share > MIN_FEE_LIMIT_MSAT ? share : MIN_FEE_LIMIT_MSAT;
}

function failureName(failed: object | undefined): string {
  const reasons = Object.entries(failed ?? {}).filter(([name]) => name.startsWith('is_'));
  const [name] = reasons.find(([, is]) => is === true) ?? ['failed'];
  return name.replace(/^is_/, '').replaceAll('_', ' ');
}
