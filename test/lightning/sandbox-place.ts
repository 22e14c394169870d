import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSandbox } from '../../sandbox/client.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { connect } from '../support/market.ts';
import type { Place } from './place.ts';

/** The sandbox, whose nodes live and die together. */
export async function startSandboxPlace(): Promise<Place> {
  const parent = await mkdtemp(join(tmpdir(), 'dazaar-lightning-'));
  const [dir, copy] = [join(parent, 'sandbox'), join(parent, 'copy')];
  const sandbox = await startSandbox({ dir });
  const { market, router, buyer } = sandbox.nodes;
  const [payer, payee] = [connectSandbox(buyer), connectSandbox(market)];
  return {
    market: connect(market),
    router: connect(router),
    buyer: connect(buyer),
    nodes: sandbox.nodes,
    payOff: async (bolt11, amountMsat) => (await payer.payOff(bolt11, amountMsat)).isPaid,
    mine: async (blocks) => void (await payee.mine(blocks)),
    kill: () => sandbox.kill('SIGKILL'),
    start: () => sandbox.restart(),
    async backUp() {
      await sandbox.kill('SIGKILL');
      await cp(dir, copy, { recursive: true });
      await sandbox.restart();
    },
    async restore() {
      await sandbox.kill('SIGKILL');
      await rm(dir, { recursive: true });
      await cp(copy, dir, { recursive: true });
      await sandbox.restart();
    },
    async [Symbol.asyncDispose]() {
      payer.close();
      payee.close();
      await sandbox.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}
