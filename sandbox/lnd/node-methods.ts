import { hexOf, nowS } from '../bytes.ts';
import type { Chain } from '../chain/chain.ts';
import { headerTimeS } from '../chain/header.ts';
import { type Bolt11, parseBolt11 } from '../ldk/bolt11.ts';
import type { LdkNode } from '../ldk/node.ts';
import { DESCRIPTION_HASH_TAG, DESCRIPTION_TAG, taggedField } from './bolt11-tags.ts';
import { presentBalance, presentChannel } from './present-channel.ts';
import { presentHint } from './present-hint.ts';
import { INVOICE_FEATURES } from './present-invoice.ts';

// The LND whose answers these imitate; clients switch features by it.
const VERSION = '0.20.0-beta commit=dazaar-sandbox';
const COLOR = '#3399ff';

interface ListChannelsRequest {
  active_only: boolean;
  inactive_only: boolean;
  public_only: boolean;
  private_only: boolean;
  peer: Uint8Array;
}

/** lnrpc.Lightning's methods on the node itself and its channels. */
export function nodeMethods(node: LdkNode, chain: Chain) {
  return {
    GetInfo: () => presentInfo(node, chain),

    ListChannels(request: ListChannelsRequest) {
      const peer = hexOf(request.peer);
      const channels = node
        .channels()
        .filter((channel) => channel.isReady)
        .filter((channel) => !request.active_only || channel.isUsable)
        .filter((channel) => !request.inactive_only || !channel.isUsable)
        .filter((channel) => !request.public_only && (peer === '' || channel.peer === peer));
      return { channels: channels.map(presentChannel) };
    },

    ChannelBalance: () => presentBalance(node.channels()),

    DecodePayReq: (request: { pay_req: string }) =>
      presentPayReq(parseBolt11(request.pay_req).details),
  };
}

export const versionMethods = {
  GetVersion: () => ({
    commit: 'dazaar-sandbox',
    commit_hash: '',
    version: VERSION,
    app_major: 0,
    app_minor: 20,
    app_patch: 0,
    app_pre_release: 'beta',
    build_tags: ['invoicesrpc', 'routerrpc'],
    go_version: '',
  }),
};

function presentInfo(node: LdkNode, chain: Chain) {
  const channels = node.channels();
  const ready = channels.filter((channel) => channel.isReady);
  const active = ready.filter((channel) => channel.isUsable);
  return {
    version: VERSION,
    commit_hash: '',
    identity_pubkey: node.pubkey,
    alias: `dazaar sandbox ${node.name} (worthless coins)`,
    color: COLOR,
    num_pending_channels: channels.length - ready.length,
    num_active_channels: active.length,
    num_inactive_channels: ready.length - active.length,
    num_peers: node.peers.list_peers().length,
    block_height: chain.height,
    block_hash: Buffer.from(chain.tipHash).reverse().toString('hex'),
    best_header_timestamp: (chain.tip ? headerTimeS(chain.tip.header) : nowS()).toString(),
    synced_to_chain: true,
    synced_to_graph: true,
    testnet: false,
    chains: [{ chain: 'bitcoin', network: 'regtest' }],
    uris: [],
    features: INVOICE_FEATURES,
    require_htlc_interceptor: false,
    store_final_htlc_resolutions: false,
  };
}

function presentPayReq(invoice: Bolt11) {
  const description = taggedField(invoice.request, DESCRIPTION_TAG);
  const descriptionHash = taggedField(invoice.request, DESCRIPTION_HASH_TAG);
  return {
    destination: invoice.payee,
    payment_hash: invoice.hash,
    num_satoshis: (invoice.amountMsat / 1000n).toString(),
    num_msat: invoice.amountMsat.toString(),
    timestamp: invoice.createdS.toString(),
    expiry: invoice.expiryS.toString(),
    description: Buffer.from(description ?? []).toString('utf8'),
    description_hash: hexOf(descriptionHash ?? new Uint8Array()),
    fallback_addr: '',
    cltv_expiry: invoice.cltvDelta.toString(),
    route_hints: invoice.hints.map(presentHint),
    payment_addr: Buffer.from(invoice.paymentSecret, 'hex'),
    features: INVOICE_FEATURES,
    blinded_paths: [],
  };
}
