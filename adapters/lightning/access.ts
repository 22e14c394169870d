import { grantAccess, revokeAccess } from 'ln-service';
import { ask } from './ask.ts';
import { connectLnd, type LndAddress } from './connect.ts';

/** The calls of the node that each of the market's macaroons opens: those that its holders make, and no other. */
export const ACCESS = {
  /** Makes invoices: the server, and the seeders' gateway. */
  server: [
    '/lnrpc.Lightning/GetInfo',
    '/lnrpc.Lightning/AddInvoice',
    '/lnrpc.Lightning/LookupInvoice',
    '/invoicesrpc.Invoices/AddHoldInvoice',
  ],
  /** Watches invoices, and takes held payments or gives them back: the workers. */
  workers: [
    '/lnrpc.Lightning/GetInfo',
    '/lnrpc.Lightning/ChannelBalance',
    '/lnrpc.Lightning/LookupInvoice',
    '/lnrpc.Lightning/ListInvoices',
    '/lnrpc.Lightning/SubscribeInvoices',
    '/invoicesrpc.Invoices/SubscribeSingleInvoice',
    '/invoicesrpc.Invoices/SettleInvoice',
    '/invoicesrpc.Invoices/CancelInvoice',
  ],
  /** Sends payouts, and tells what became of them: the workers again, over a connection of its own. */
  payouts: [
    '/lnrpc.Lightning/GetInfo',
    '/lnrpc.Lightning/ListPayments',
    '/routerrpc.Router/SendPaymentV2',
    '/routerrpc.Router/TrackPaymentV2',
  ],
} as const;

export type MacaroonName = keyof typeof ACCESS;

export const MACAROON_NAMES = Object.keys(ACCESS) as MacaroonName[];

/**
 * Bakes the market's macaroons. They end together with their root key.
 *
 * @param address opened by a macaroon that may bake: LND's `admin.macaroon`
 * @param rootKeyId a number in decimal; the node makes the key where there is none
 * @throws NodeUnreachable, or an Error that names the node's refusal
 */
export async function bakeMacaroons(
  address: LndAddress,
  rootKeyId: string,
): Promise<Record<MacaroonName, Uint8Array>> {
  const lnd = connectLnd(address);
  const bake = async (name: MacaroonName): Promise<Uint8Array> => {
    const permissions = ACCESS[name].map((method) => `uri:${method}`);
    const granting = () => grantAccess({ lnd, id: rootKeyId, permissions });
    const { macaroon } = await ask('bake macaroons', granting);
    return Buffer.from(macaroon, 'base64');
  };
  const baking = [bake('server'), bake('workers'), bake('payouts')] as const;
  const [server, workers, payouts] = await Promise.all(baking);
  return { server, workers, payouts };
}

/** Makes every macaroon worthless that was baked with this root key. @throws as {@link bakeMacaroons} does */
export async function revokeMacaroons(address: LndAddress, rootKeyId: string): Promise<void> {
  const lnd = connectLnd(address);
  await ask('revoke macaroons', () => revokeAccess({ lnd, id: rootKeyId }));
}
