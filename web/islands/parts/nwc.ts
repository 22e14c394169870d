import { Nip47NetworkError, Nip47WalletError, NWCClient } from '@getalby/sdk/nwc';
import type { Paid } from './paid.ts';

const FAILURES: Record<string, string> = {
  INSUFFICIENT_BALANCE: 'Your wallet has not enough for it.',
  QUOTA_EXCEEDED: 'The budget of this connection is used up.',
  RESTRICTED: 'This connection may not pay.',
  UNAUTHORIZED: 'Your wallet does not know this connection.',
  RATE_LIMITED: 'Your wallet was asked too often. Wait a moment.',
  NOT_IMPLEMENTED: 'This wallet cannot pay over such a connection.',
  PAYMENT_FAILED: 'Your wallet found no way to pay it.',
};

/** Pays over Nostr Wallet Connect (NIP-47): wallet and page meet at a relay, and the market is not asked. */
export async function payWithNwc(connection: string, bolt11: string): Promise<Paid> {
  const client = open(connection);
  if (!client)
    return { failed: 'That is no wallet connection: it begins with nostr+walletconnect://.' };
  try {
    const fault = await meet(client);
    if (fault) return { failed: fault };
    await client.payInvoice({ invoice: bolt11 });
    return 'paid';
  } catch (error) {
    // Only the wallet itself can say that it did not pay: a relay that is silent says nothing, nor does `INTERNAL`.
    const failed = error instanceof Nip47WalletError && FAILURES[error.code];
    return failed ? { failed } : 'unknown';
  } finally {
    client.close();
  }
}

function open(nostrWalletConnectUrl: string): NWCClient | null {
  try {
    return new NWCClient({ nostrWalletConnectUrl });
  } catch {
    return null;
  }
}

/** Reaches the wallet before anything is paid: what fails here has cost nothing. */
async function meet(client: NWCClient): Promise<string | null> {
  try {
    const { capabilities } = await client.getWalletServiceInfo();
    return capabilities.includes('pay_invoice') ? null : 'This connection may not pay.';
  } catch (error) {
    const isAway = error instanceof Nip47NetworkError;
    return isAway
      ? 'The relay of this wallet cannot be reached.'
      : 'The wallet did not answer at its relay.';
  }
}
