import { Agent as HttpAgent, type IncomingMessage, request as overHttp } from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { OutboundRequest, OutboundResult } from '../../ports/outbound.ts';
import { hostOf } from './reachable.ts';

const USER_AGENT = 'dazaar-market';

// Agents of our own: the global ones may be told by the environment to go through a proxy, which would resolve anew.
const httpAgent = new HttpAgent();
const httpsAgent = new HttpsAgent();

export interface Limits {
  connectMs: number;
  totalMs: number;
  /** How much of a body is read. */
  bodyBytes: number;
  headerBytes: number;
}

/** One request over a new connection to one of the given addresses, and the beginning of its answer. */
export async function exchange(
  request: OutboundRequest,
  url: URL,
  addresses: readonly string[],
  limits: Limits,
  signal: AbortSignal,
): Promise<OutboundResult> {
  const answer = await send(request, url, addresses, limits, signal);
  const { bytes, truncated } = await readStart(answer, limits.bodyBytes);
  const { statusCode: status = 0, headers } = answer;
  return { outcome: 'answered', status, headers, body: bytes, truncated };
}

function send(
  { method, headers, body = '' }: OutboundRequest,
  url: URL,
  addresses: readonly string[],
  limits: Limits,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  const host = hostOf(url);
  const options = {
    method,
    host,
    port: url.port || (secure ? 443 : 80),
    path: url.pathname + url.search,
    headers: {
      'user-agent': USER_AGENT,
      // Nothing is unpacked, so nothing can blow up.
      'accept-encoding': 'identity',
      ...(method === 'POST' ? { 'content-length': Buffer.byteLength(body) } : {}),
      ...headers,
    },
    lookup: answerWith(addresses),
    maxHeaderSize: limits.headerBytes,
    signal,
  };
  const tls = { rejectUnauthorized: true, ...(isIP(host) ? {} : { servername: host }) };
  return new Promise((resolve, reject) => {
    const req = secure
      ? overHttps({ ...options, ...tls, agent: httpsAgent })
      : overHttp({ ...options, agent: httpAgent });
    const late = new DOMException(`no connection within ${limits.connectMs} ms`, 'TimeoutError');
    const slow = setTimeout(() => req.destroy(late), limits.connectMs);
    req.on('socket', (socket) =>
      socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(slow)),
    );
    req.on('response', resolve);
    req.on('upgrade', (_answer, socket) => {
      socket.destroy();
      reject(new Error('the answer changes the protocol'));
    });
    req.on('error', reject);
    req.on('close', () => clearTimeout(slow));
    req.end(method === 'POST' ? body : undefined);
  });
}

/** Connecting asks for the host's addresses: it gets those that were checked, and asks nobody else. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    if (options.all) return callback(null, known);
    callback(null, known[0]?.address ?? '', known[0]?.family);
  };
}

async function readStart(
  answer: IncomingMessage,
  limitBytes: number,
): Promise<{ bytes: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > limitBytes) break;
  }
  const bytes = Buffer.concat(chunks).subarray(0, limitBytes);
  return { bytes, truncated: size > limitBytes };
}
