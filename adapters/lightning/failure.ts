import { NodeUnreachable } from '../../ports/lightning.ts';

// What ln-service throws: a code like HTTP's, a name, and what gRPC said.
type Failure = [
  code: number,
  name: string,
  details?: { err?: { code?: number; details?: string } },
];

// How LND says that it is starting, or that its wallet is not unlocked yet.
const NOT_READY = /starting up|wallet locked|wallet not (created|opened)/i;
const GRPC_UNAVAILABLE = 14;
const GRPC_DEADLINE_EXCEEDED = 4;

/** What the node itself said, in lower case; empty where it said nothing. */
export function nodeAnswer(error: unknown): string {
  if (!isFailure(error)) return '';
  return `${error[1]} ${error[2]?.err?.details ?? ''}`.toLowerCase();
}

/** Turns what ln-service throws into an Error, and a silent node into NodeUnreachable. */
export function asError(error: unknown, doing: string): Error {
  if (error instanceof Error) return ofStream(error, doing);
  if (!isFailure(error)) return new Error(`${doing}: ${String(error)}`);
  const [code, name, details] = error;
  const grpcCode = details?.err?.code;
  const text = `${doing}: ${code} ${name} ${details?.err?.details ?? ''}`.trim();
  const away = isSilence(grpcCode) || name === 'FailedToConnectToDaemon' || NOT_READY.test(text);
  return away ? new NodeUnreachable(text) : new Error(text);
}

// Of some streams ln-service passes on what gRPC itself throws.
function ofStream(error: Error & { code?: unknown }, doing: string): Error {
  if (error instanceof NodeUnreachable || !(isSilence(error.code) || NOT_READY.test(error.message)))
    return error;
  return new NodeUnreachable(`${doing}: ${error.message}`);
}

function isSilence(grpcCode: unknown): boolean {
  return grpcCode === GRPC_UNAVAILABLE || grpcCode === GRPC_DEADLINE_EXCEEDED;
}

function isFailure(error: unknown): error is Failure {
  return Array.isArray(error) && typeof error[0] === 'number';
}
