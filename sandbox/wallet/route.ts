import type { Bolt11 } from '../ldk/bolt11.ts';
import type { LdkNode } from '../ldk/node.ts';
import type { RouteHop } from '../store/payment-table.ts';

const PPM = 1_000_000n;

/**
 * The way an amount takes from a node to an invoice's payee: straight to a peer, else over the
 * first hint. LDK finds its own route and names it too late for a payment still in flight; in
 * these small networks it is this one.
 */
export function plannedRoute(node: LdkNode, invoice: Bolt11, amountMsat: bigint): RouteHop[] {
  const channels = node.channels().filter((channel) => channel.isReady);
  const best = (peer: string) =>
    channels
      .filter((channel) => channel.peer === peer)
      .sort((a, b) => (a.outboundMsat < b.outboundMsat ? 1 : -1))[0]?.scid ?? '0';
  const finalHeight = node.height + invoice.cltvDelta;
  const last = { pubkey: invoice.payee, feeMsat: '0', expiryHeight: finalHeight };
  const hint = invoice.hints[0]?.[0];
  if (!hint || channels.some((channel) => channel.peer === invoice.payee)) {
    return [{ ...last, channelId: best(invoice.payee) }];
  }
  const feeMsat = BigInt(hint.feeBaseMsat) + (amountMsat * BigInt(hint.feePpm)) / PPM;
  return [
    {
      pubkey: hint.pubkey,
      channelId: best(hint.pubkey),
      feeMsat: feeMsat.toString(),
      expiryHeight: finalHeight,
    },
    { ...last, channelId: hint.scid },
  ];
}
