import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { BINARIES } from './binaries.ts';

const USER = 'dazaar';
const PASSWORD = 'regtest';
// LND stretches the password of its wallet six times at its first start: on a busy machine that takes a while.
const READY_MS = 180_000;

/** A Bitcoin node on a regtest chain of its own, which mines when it is told to. */
export interface Btcd extends AsyncDisposable {
  rpcHost: string;
  certPath: string;
  user: string;
  password: string;
  call<T>(method: string, ...params: unknown[]): Promise<T>;
  /** Resolves with the hashes of the new blocks. */
  mine(blocks: number): Promise<string[]>;
}

/** @param miningAddress where the reward of each block goes */
export async function startBtcd(dir: string, miningAddress: string): Promise<Btcd> {
  await mkdir(dir, { recursive: true });
  const [rpcPort, peerPort] = [await freePort(), await freePort()];
  const rpcHost = `127.0.0.1:${rpcPort}`;
  const certPath = join(dir, 'rpc.cert');
  const daemon = startDaemon(BINARIES.btcd as string, [
    '--regtest',
    '--configfile=/dev/null',
    `--datadir=${join(dir, 'data')}`,
    `--logdir=${join(dir, 'logs')}`,
    '--debuglevel=info',
    `--listen=127.0.0.1:${peerPort}`,
    `--rpclisten=${rpcHost}`,
    `--rpcuser=${USER}`,
    `--rpcpass=${PASSWORD}`,
    `--rpccert=${certPath}`,
    `--rpckey=${join(dir, 'rpc.key')}`,
    `--miningaddr=${miningAddress}`,
    '--txindex',
    '--nobanning',
    '--nostalldetect',
    '--trickleinterval=100ms',
    // Each LND has several, and btcd is slow to notice when one of them has been killed.
    '--rpcmaxwebsockets=200',
    '--rpcmaxclients=200',
  ]);
  const call = <T>(method: string, ...params: unknown[]) =>
    callRpc<T>({ port: rpcPort, certPath, method, params });
  await readyOrEnded(daemon, () => existsSync(certPath) && call('getblockcount'));
  return {
    rpcHost,
    certPath,
    user: USER,
    password: PASSWORD,
    call,
    mine: (blocks) => call('generate', blocks),
    [Symbol.asyncDispose]: () => daemon.kill('SIGKILL'),
  };
}

/** Resolves once `answers` does; rejects with what the daemon said when it ends before. */
export async function readyOrEnded(daemon: Daemon, answers: () => unknown): Promise<void> {
  const holds = async () => {
    try {
      return Boolean((await answers()) !== false);
    } catch {
      return false;
    }
  };
  await Promise.race([until(holds, READY_MS), daemon.untimelyEnd]);
}

interface RpcCall {
  port: number;
  certPath: string;
  method: string;
  params: unknown[];
}

function callRpc<T>({ port, certPath, method, params }: RpcCall): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const options = {
    host: '127.0.0.1',
    port,
    method: 'POST',
    auth: `${USER}:${PASSWORD}`,
    ca: readFileSync(certPath),
    agent: false,
  };
  const sent = request(options, async (response) => {
    let body = '';
    for await (const chunk of response) body += chunk;
    try {
      const { result, error } = JSON.parse(body);
      if (error) throw new Error(`${method}: ${error.message}`);
      resolve(result);
    } catch (error) {
      reject(error);
    }
  });
  sent.on('error', reject);
  sent.end(JSON.stringify({ jsonrpc: '1.0', id: 1, method, params }));
  return promise;
}
