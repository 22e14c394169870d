import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Chain } from '../chain/chain.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { invoiceMethods } from './invoice-methods.ts';
import { invoiceStreams } from './invoice-streams.ts';
import { macaroonMethods } from './macaroon-methods.ts';
import { nodeMethods, versionMethods } from './node-methods.ts';
import { paymentMethods, paymentStreams } from './payment-methods.ts';
import type { Services } from './protos.ts';
import { sandboxMethods } from './sandbox-methods.ts';
import { implement, type Methods, type Stage } from './serve.ts';
import type { TlsFiles } from './tls.ts';

const HOST = '127.0.0.1';
const SHUTDOWN_MS = 1_000;

/** One wallet behind LND's gRPC. */
export class LndServer {
  readonly #server: Server;
  readonly #credentials: ServerCredentials;

  constructor(stage: Stage, services: Services, wallet: Wallet, chain: Chain, tls: TlsFiles) {
    const { node, invoices, payments } = wallet;
    const ofInvoices = invoiceMethods(invoices);
    const { AddInvoice, LookupInvoice, ListInvoices, ...hold } = ofInvoices;
    const { SubscribeInvoices, SubscribeSingleInvoice } = invoiceStreams(invoices);
    const pumped = () =>
      new Promise<void>((resolve) => {
        stage.db.afterCommit(resolve);
        stage.kick();
      });
    this.#server = new Server({ 'grpc.max_receive_message_length': 4 * 1024 * 1024 });
    this.#credentials = ServerCredentials.createSsl(null, [
      { private_key: tls.key, cert_chain: tls.cert },
    ]);
    const serve = (service: keyof typeof services, methods: Methods) =>
      this.#server.addService(services[service], implement(stage, services[service], methods));
    serve('lightning', {
      unary: {
        AddInvoice,
        LookupInvoice,
        ListInvoices,
        ...nodeMethods(node, chain),
        ...macaroonMethods(stage.macaroons),
        ...paymentMethods(payments),
      },
      streaming: { SubscribeInvoices },
    });
    serve('invoices', { unary: hold, streaming: { SubscribeSingleInvoice } });
    serve('router', { unary: {}, streaming: paymentStreams(payments) });
    serve('versioner', { unary: versionMethods, streaming: {} });
    serve('sandbox', { unary: sandboxMethods(payments, chain, pumped), streaming: {} });
  }

  /** Listens on this port, or on any when it is 0. Rejects when the port is taken. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${HOST}:${port}`, this.#credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
  }

  /** Lets running calls end, for a second at most; then cuts streams. */
  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    const cut = setTimeout(() => this.#server.forceShutdown(), SHUTDOWN_MS);
    await ended;
    clearTimeout(cut);
  }
}
