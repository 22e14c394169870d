import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata, type StatusObject } from '@grpc/grpc-js';
import { connectLnd } from '../../adapters/lightning/connect.ts';
import type { LndPlace } from '../support/macaroons.ts';

/** What is silent for so long was let in: a refusal comes at once, on a busy machine too. */
const SILENCE_MS = 10_000;
const AT_ONCE = 8;

/** URIs of all methods that a node has behind its macaroons. */
export type NodeMethods = ReadonlySet<string>;

interface WithPermissions {
  default: {
    listPermissions(
      request: object,
      done: (error: Error | null, answer: { method_permissions: Record<string, unknown> }) => void,
    ): void;
  };
}

/** The node says itself what it has: nothing can be forgotten here. */
export function methodsOf({ socket, cert, macaroon }: LndPlace): Promise<NodeMethods> {
  const lnd = connectLnd({ socket, certPath: cert, macaroonPath: macaroon });
  return new Promise((resolve, reject) => {
    (lnd as unknown as WithPermissions).default.listPermissions({}, (error, answer) =>
      error ? reject(error) : resolve(new Set(Object.keys(answer.method_permissions))),
    );
  });
}

/** Calls every method with an empty message, and tells which of them the node did not refuse for the macaroon. */
export async function openMethods(
  { socket, cert, macaroon }: LndPlace,
  methods: NodeMethods,
): Promise<string[]> {
  const client = new Client(socket, credentials.createSsl(readFileSync(cert)));
  const metadata = new Metadata();
  metadata.set('macaroon', readFileSync(macaroon).toString('hex'));
  const left = [...methods].sort();
  const opened: string[] = [];
  const work = async () => {
    for (let method = left.shift(); method; method = left.shift()) {
      if (!(await isDenied(client, metadata, method))) opened.push(method);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  client.close();
  return opened.sort();
}

// On the wire a call is the same whether either side streams or not.
function isDenied(client: Client, metadata: Metadata, method: string): Promise<boolean> {
  const same = (bytes: Buffer) => bytes;
  const call = client.makeServerStreamRequest(method, same, same, Buffer.alloc(0), metadata);
  return new Promise<boolean>((resolve) => {
    const silence = setTimeout(end, SILENCE_MS, false);
    function end(denied: boolean): void {
      clearTimeout(silence);
      call.removeAllListeners();
      call.on('error', () => {});
      call.cancel();
      resolve(denied);
    }
    call.on('data', () => end(false));
    call.on('error', () => {});
    call.on('status', ({ details }: StatusObject) => end(details === 'permission denied'));
  });
}
