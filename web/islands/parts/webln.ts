import type { Paid } from './paid.ts';

interface WebLn {
  enable(): Promise<unknown>;
  sendPayment(bolt11: string): Promise<{ preimage?: string }>;
}

// What wallets say when the buyer has refused, by the letter and in their own words.
const REFUSED = /reject|cancel|denied|abort|prompt was closed/i;
const NEVER_SENT = /insufficient|balance|no route|route not found|expired|already paid/i;

/** Pays with the wallet that a browser has built in (webln.dev). */
export async function payWithWebln(bolt11: string): Promise<Paid> {
  const { webln } = window as unknown as { webln: WebLn };
  try {
    await webln.enable();
  } catch (error) {
    return { failed: `The wallet did not let this page in (${messageOf(error)}).` };
  }
  try {
    const { preimage } = await webln.sendPayment(bolt11);
    return preimage ? 'paid' : 'unknown';
  } catch (error) {
    const message = messageOf(error);
    if (REFUSED.test(message)) return { failed: 'You refused it in the wallet.' };
    return NEVER_SENT.test(message) ? { failed: `The wallet says: ${message}.` } : 'unknown';
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}
