import { Nip47WalletError, NWCClient } from '@getalby/sdk/nwc';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Payable, PayOutcome, Wallet } from './wallet.ts';

// What only the wallet itself can say, and says before anything has left it; `INTERNAL` and `OTHER` say nothing.
const REASONS: Record<string, string> = {
  INSUFFICIENT_BALANCE: 'it has not enough for it',
  QUOTA_EXCEEDED: 'the budget of this connection is used up',
  RESTRICTED: 'this connection may not pay',
  UNAUTHORIZED: 'it does not know this connection',
  RATE_LIMITED: 'it was asked too often',
  NOT_IMPLEMENTED: 'it cannot pay over such a connection',
  PAYMENT_FAILED: 'it found no way to pay',
};

interface Meeting {
  client: NWCClient;
  canLookUp: boolean;
}

/** A wallet that is reached over Nostr Wallet Connect (NIP-47): both meet at a relay. */
export class NwcWallet implements Wallet {
  readonly #connection: string;

  /** @param connection `nostr+walletconnect://…`, as the wallet gives it. @throws Failure */
  constructor(connection: string) {
    this.#connection = connection;
    open(connection).close();
  }

  async pay(payable: Payable): Promise<PayOutcome> {
    const meeting = await this.#meet();
    try {
      const before = await outcomeOf(meeting, payable);
      if (before) return before;
      return await send(meeting, payable);
    } finally {
      meeting.client.close();
    }
  }

  // What fails here has cost nothing.
  async #meet(): Promise<Meeting> {
    const client = open(this.#connection);
    try {
      const { capabilities } = await client.getWalletServiceInfo();
      return { client, canLookUp: capabilities.includes('lookup_invoice') };
    } catch (error) {
      client.close();
      throw new Failure(
        EXIT.notPaid,
        'wallet-unreachable',
        `the wallet does not answer at its relay (${messageOf(error)})`,
        'no money was spent; try again, or pay with another wallet',
      );
    }
  }
}

async function send(meeting: Meeting, payable: Payable): Promise<PayOutcome> {
  try {
    const { fees_paid } = await meeting.client.payInvoice({ invoice: payable.bolt11 });
    return paid(fees_paid);
  } catch (error) {
    const after = await outcomeOf(meeting, payable).catch(() => null);
    if (after) return after;
    const reason = error instanceof Nip47WalletError ? REASONS[error.code] : undefined;
    return reason === undefined ? { state: 'pending' } : { state: 'failed', reason };
  }
}

/** How the payment of a hash stands; null when the wallet knows of none that could still arrive, or cannot say. */
async function outcomeOf(
  { client, canLookUp }: Meeting,
  { paymentHash }: Payable,
): Promise<PayOutcome | null> {
  if (!canLookUp) return null;
  try {
    const { type, state, fees_paid } = await client.lookupInvoice({ payment_hash: paymentHash });
    if (type !== 'outgoing' || state === 'failed') return null;
    return state === 'settled' ? paid(fees_paid) : { state: 'pending' };
  } catch (error) {
    if (error instanceof Nip47WalletError) return null;
    throw new Failure(
      EXIT.paymentPending,
      'wallet-unreachable',
      `the wallet does not say whether it has paid already (${messageOf(error)})`,
      'run this again: it does not pay twice',
    );
  }
}

function paid(feesPaid: number | undefined): PayOutcome {
  return { state: 'paid', feeMsat: BigInt(Math.round(feesPaid ?? 0)) };
}

function open(nostrWalletConnectUrl: string): NWCClient {
  try {
    return new NWCClient({ nostrWalletConnectUrl });
  } catch {
    // The text is not repeated: it is a secret.
    throw new Failure(
      EXIT.usage,
      'usage',
      'that is no wallet connection',
      'it begins with nostr+walletconnect:// and has a relay and a secret',
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
