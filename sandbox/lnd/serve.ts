import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { LdkError } from '../ldk/result.ts';
import type { Database } from '../store/database.ts';
import { CODE, Refusal } from '../wallet/refusal.ts';
import type { Macaroons } from './macaroons.ts';
import { Outflow } from './outflow.ts';
import { PERMISSIONS } from './permissions.ts';

/** Answers at once, with a value or a throw. A promise answers when it is settled. */
export type Unary = (request: never) => unknown;

/** Opens a stream: subscribes, pushes through the outflow, returns how to unsubscribe. */
export type Streaming = (request: never, outflow: Outflow) => () => void;

export interface Methods {
  unary: Record<string, Unary>;
  streaming: Record<string, Streaming>;
}

export interface Stage {
  db: Database;
  kick: () => void;
  macaroons: Macaroons;
}

type AnyUnary = (request: unknown) => unknown;
type AnyStreaming = (request: unknown, outflow: Outflow) => () => void;

/**
 * Turns methods into a gRPC service: macaroon first, answers only after the commit. What is missing here is
 * UNIMPLEMENTED for whoever could call it in LND.
 */
export function implement(
  stage: Stage,
  service: ServiceDefinition,
  methods: Methods,
): UntypedServiceImplementation {
  const implementation: UntypedServiceImplementation = {};
  for (const [name, { path, responseStream }] of Object.entries(service)) {
    if (!PERMISSIONS.has(path)) continue;
    implementation[name] = responseStream ? missingStream(stage, path) : missing(stage, path);
  }
  for (const [name, method] of Object.entries(methods.unary)) {
    implementation[name] = unary(stage, pathOf(service, name), method as AnyUnary);
  }
  for (const [name, method] of Object.entries(methods.streaming)) {
    implementation[name] = streaming(stage, pathOf(service, name), method as AnyStreaming);
  }
  return implementation;
}

function unary(stage: Stage, path: string, method: AnyUnary): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    const later = (act: () => void) => {
      stage.db.afterCommit(act);
      stage.kick();
    };
    const refuse = (error: unknown) => later(() => callback(asStatus(error)));
    try {
      authenticate(stage, call, path);
      const answer = method(call.request);
      if (!(answer instanceof Promise)) {
        later(() => callback(null, answer));
        return;
      }
      answer.then((value) => later(() => callback(null, value)), refuse);
    } catch (error) {
      refuse(error);
    }
  };
}

function streaming(
  stage: Stage,
  path: string,
  method: AnyStreaming,
): handleServerStreamingCall<unknown, unknown> {
  return (call) => {
    try {
      authenticate(stage, call, path);
      const outflow = new Outflow(stage.db, stage.kick, call);
      outflow.onClose(method(call.request, outflow));
    } catch (error) {
      call.emit('error', asStatus(error));
    }
  };
}

function missing(stage: Stage, path: string): handleUnaryCall<unknown, unknown> {
  return unary(stage, path, () => refuseMissing(path));
}

function missingStream(stage: Stage, path: string): handleServerStreamingCall<unknown, unknown> {
  return streaming(stage, path, () => refuseMissing(path));
}

function refuseMissing(path: string): never {
  throw new Refusal(CODE.unimplemented, `the sandbox does not serve ${path}`);
}

function authenticate(
  { macaroons }: Stage,
  call: ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>,
  path: string,
): void {
  const [macaroon] = call.metadata.get('macaroon');
  const ip = call.getPeer().replace(/:\d+$/, '');
  macaroons.check(typeof macaroon === 'string' ? macaroon : undefined, path, ip);
}

function asStatus(error: unknown): { code: number; details: string } {
  if (error instanceof Refusal) return { code: error.code, details: error.message };
  if (error instanceof LdkError) return { code: CODE.unknown, details: error.message };
  // A bug may leave half a step in the open transaction: a crash forgets it, an answer would not.
  setImmediate(() => {
    throw error;
  });
  return { code: CODE.unknown, details: 'internal error' };
}

function pathOf(service: ServiceDefinition, name: string): string {
  const definition = service[name];
  if (!definition) throw new Error(`no such method: ${name}`);
  return definition.path;
}
