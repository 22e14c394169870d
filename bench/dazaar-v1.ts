import { openTestnet } from '../test/seeder/loopback.ts';
import { crowd } from './versus-v1/crowd.ts';
import { firstBlock } from './versus-v1/first-block.ts';
import { install } from './versus-v1/install.ts';
import { revocation } from './versus-v1/revocation.ts';
import { throughput } from './versus-v1/throughput.ts';

const PARTS = { throughput, revocation, 'first-block': firstBlock, crowd };

/**
 * Dazaar Market beside Dazaar 1.6.1, in turns on the same machine in the same run.
 *
 * @param parts which of the parts to take, all of them if none is named
 */
export default async function dazaarV1(parts: string[]): Promise<Record<string, number>> {
  const unknown = parts.find((part) => !(part in PARTS));
  if (unknown) throw new Error(`no part ${unknown}: ${Object.keys(PARTS).join(', ')}`);
  await install();
  await using testnet = await openTestnet();
  const figures: Record<string, number> = {};
  for (const [name, part] of Object.entries(PARTS)) {
    if (parts.length > 0 && !parts.includes(name)) continue;
    Object.assign(figures, await part(testnet.bootstrap));
  }
  return figures;
}
