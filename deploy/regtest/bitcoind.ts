const PATIENCE_MS = 30_000;

/** The Bitcoin node of a regtest chain, which makes blocks when it is told to. */
export interface Bitcoind {
  /** How old the newest block is. */
  tipAgeMs(): Promise<number>;
  /** Makes blocks whose rewards go to an address. */
  mine(blocks: number, address: string): Promise<void>;
}

/** @param url of its RPC, with user and password */
export function openBitcoind(url: string): Bitcoind {
  const { origin, username, password } = new URL(url);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

  async function call(method: string, ...params: unknown[]): Promise<unknown> {
    const answer = await fetch(origin, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '1.0', id: 1, method, params }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { result, error } = (await answer.json()) as RpcAnswer;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }
  return {
    async tipAgeMs() {
      const { time } = (await call('getblockchaininfo')) as { time: number };
      return Date.now() - time * 1000;
    },
    async mine(blocks, address) {
      await call('generatetoaddress', blocks, address);
    },
  };
}

interface RpcAnswer {
  result: unknown;
  error: { message: string } | null;
}
