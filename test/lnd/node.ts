import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthenticatedLnd, UnauthenticatedLnd } from 'lightning';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { ln } from '../support/ln.ts';
import { BINARIES } from './binaries.ts';
import { type Btcd, readyOrEnded } from './btcd.ts';

/** A real LND, which keeps its ports, its key and its data through every restart. */
export interface LndNode extends AsyncDisposable {
  name: string;
  dir: string;
  socket: string;
  /** Paths of the certificate and of the admin macaroon. */
  cert: string;
  macaroon: string;
  pubkey: string;
  /** Where other nodes reach it. */
  peerSocket: string;
  lnd: AuthenticatedLnd;
  /** Again is a no-op. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it where it was left; resolves when it answers. */
  start(): Promise<void>;
  /** Holds the process still, so that its files are what a power cut would leave. */
  freeze(): void;
  thaw(): void;
}

/** Makes the wallet of a node that has none yet, over its connection for that. */
export type MakeWallet = (unlocker: UnauthenticatedLnd) => Promise<void>;

/** @param makeWallet left out: the wallet makes itself, from a seed that nobody is told */
export async function startLnd(
  name: string,
  dir: string,
  chain: Btcd,
  makeWallet?: MakeWallet,
): Promise<LndNode> {
  await mkdir(dir, { recursive: true });
  const [rpcPort, peerPort] = [await freePort(), await freePort()];
  const peerSocket = `127.0.0.1:${peerPort}`;
  const cert = join(dir, 'tls.cert');
  const macaroon = join(dir, 'data/chain/bitcoin/regtest/admin.macaroon');
  // By name: Node warns about TLS connections to a bare address.
  const socket = `localhost:${rpcPort}`;
  const args = [
    '--configfile=/dev/null',
    `--lnddir=${dir}`,
    `--alias=dazaar-${name}`,
    `--rpclisten=127.0.0.1:${rpcPort}`,
    `--listen=${peerSocket}`,
    `--externalip=${peerSocket}`,
    '--tlsdisableautofill',
    '--norest',
    '--nobootstrap',
    ...(makeWallet ? [] : ['--noseedbackup']),
    '--logging.file.max-files=1',
    '--bitcoin.regtest',
    '--bitcoin.node=btcd',
    `--btcd.rpchost=${chain.rpcHost}`,
    `--btcd.rpcuser=${chain.user}`,
    `--btcd.rpcpass=${chain.password}`,
    `--btcd.rpccert=${chain.certPath}`,
    '--bitcoin.defaultchanconfs=1',
    '--protocol.wumbo-channels',
    // What LND waits for to spare a public network is wasted on three nodes of one machine.
    '--trickledelay=50',
    '--gossip.sub-batch-delay=5ms',
    '--db.batch-commit-interval=10ms',
    '--channel-commit-interval=5ms',
    '--minbackoff=1s',
    '--maxbackoff=2s',
    // A full disk of a developer's machine is no reason to stop.
    '--healthcheck.diskspace.diskrequired=0',
  ];
  let daemon: Daemon | undefined;
  let lnd: AuthenticatedLnd | undefined;

  async function start(): Promise<void> {
    daemon = startDaemon(BINARIES.lnd as string, args);
    if (makeWallet) {
      await readyOrEnded(daemon, () => existsSync(cert) && isWithoutWallet(socket, cert));
      await makeWallet(unlockerOf(socket, cert));
    }
    await readyOrEnded(daemon, () => {
      if (!existsSync(cert) || !existsSync(macaroon)) return false;
      lnd ??= connectTo({ socket, cert, macaroon });
      return ln.getWalletInfo({ lnd });
    });
  }
  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await daemon?.kill(signal);
    daemon = undefined;
  }
  await start();
  const { public_key: pubkey } = await ln.getWalletInfo({ lnd: lnd as AuthenticatedLnd });
  return {
    name,
    dir,
    socket,
    cert,
    macaroon,
    pubkey,
    peerSocket,
    get lnd() {
      return lnd as AuthenticatedLnd;
    },
    kill,
    start,
    freeze: () => process.kill(daemon!.pid, 'SIGSTOP'),
    thaw: () => process.kill(daemon!.pid, 'SIGCONT'),
    [Symbol.asyncDispose]: () => kill(),
  };
}

function unlockerOf(socket: string, cert: string): UnauthenticatedLnd {
  return ln.unauthenticatedLndGrpc({ socket, cert: readFileSync(cert).toString('base64') }).lnd;
}

async function isWithoutWallet(socket: string, cert: string): Promise<boolean> {
  const status = await ln.getWalletStatus({ lnd: unlockerOf(socket, cert) });
  return status.is_absent === true;
}

export function connectTo(at: { socket: string; cert: string; macaroon: string }) {
  const { lnd } = ln.authenticatedLndGrpc({
    socket: at.socket,
    cert: readFileSync(at.cert).toString('base64'),
    macaroon: readFileSync(at.macaroon).toString('base64'),
  });
  return lnd;
}
