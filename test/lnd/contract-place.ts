import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place } from '../lightning/place.ts';
import { ln } from '../support/ln.ts';
import { connect } from '../support/market.ts';
import { type LndNetwork, startLndNetwork } from './network.ts';

/** Real LNDs. */
export async function startLndContractPlace(): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'dazaar-lnd-'));
  const network = await startLndNetwork(dir);
  const { nodes } = network;
  return {
    market: connect(nodes.market),
    router: connect(nodes.router),
    buyer: connect(nodes.buyer),
    nodes,
    payOff: (bolt11, amountMsat) => payOff(network, bolt11, amountMsat),
    mine: async (blocks) => void (await network.mine(blocks)),
    kill: (name) => nodes[name].kill(),
    async start(name) {
      await nodes[name].start();
      await network.untilActive(name);
    },
    backUp: () => network.backUp(),
    restore: () => network.restore(),
    async [Symbol.asyncDispose]() {
      await network[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

// LND pays another amount than an invoice names when it is told all else that the invoice says.
async function payOff({ nodes }: LndNetwork, bolt11: string, amountMsat: bigint): Promise<boolean> {
  const { lnd } = nodes.buyer;
  const invoice = await ln.decodePaymentRequest({ lnd, request: bolt11 });
  const { id, destination, payment, features, cltv_delta, routes } = invoice;
  const paying = ln.payViaPaymentDetails({
    lnd,
    id,
    destination,
    mtokens: String(amountMsat),
    payment: payment as string,
    features,
    cltv_delta: cltv_delta as number,
    routes,
    pathfinding_timeout: 20_000,
  });
  return paying.then(
    () => true,
    () => false,
  );
}
