import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Client, ServiceClientConstructor } from '@grpc/grpc-js';
import { credentials, type GrpcObject, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { NodeAddress } from './bulletin.ts';

const PROTO = fileURLToPath(new URL('./sandbox.proto', import.meta.url));

export interface PaidOff {
  isPaid: boolean;
  /** LND's failure reason without its prefix; '' when it was paid. */
  failure: string;
}

/** The sandbox's own service on one node's port; see sandbox.proto. */
export interface SandboxClient {
  /** Pays a request with another amount than it names. Resolves with the outcome. */
  payOff(request: string, amountMsat: bigint): Promise<PaidOff>;
  /** Mines blocks at once; resolves with the new height. */
  mine(blocks: number): Promise<number>;
  close(): void;
}

type Call = (
  request: unknown,
  metadata: Metadata,
  done: (error: Error | null, answer: unknown) => void,
) => void;

/** Connects with a node's admin macaroon, as `sandbox.json` names it. */
export function connectSandbox(node: NodeAddress): SandboxClient {
  const definition = loadPackageDefinition(loadSync(PROTO, { longs: String, defaults: true }));
  const Sandbox = (definition.sandbox as GrpcObject).Sandbox as ServiceClientConstructor;
  const client = new Sandbox(node.socket, credentials.createSsl(readFileSync(node.cert)));
  const metadata = new Metadata();
  metadata.set('macaroon', readFileSync(node.macaroon).toString('hex'));
  const call = <T>(method: 'PayOff' | 'Mine', request: object): Promise<T> =>
    new Promise((resolve, reject) => {
      const invoke = (client as Client & Record<string, Call>)[method] as Call;
      const done = (error: Error | null, answer: unknown) =>
        error ? reject(error) : resolve(answer as T);
      invoke.call(client, request, metadata, done);
    });
  return {
    async payOff(request, amountMsat) {
      const answer = await call<{ status: string; failureReason: string }>('PayOff', {
        paymentRequest: request,
        amtMsat: amountMsat.toString(),
      });
      return { isPaid: answer.status === 'SUCCEEDED', failure: answer.failureReason };
    },
    async mine(blocks) {
      return (await call<{ blockHeight: number }>('Mine', { blocks })).blockHeight;
    },
    close: () => client.close(),
  };
}
