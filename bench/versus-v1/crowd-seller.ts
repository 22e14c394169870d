// A seller in a process of its own. Arguments: which market, the DHT's nodes as JSON.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer } from './child.ts';
import { MARKETS, type MarketName } from './sides.ts';

export interface Usage {
  /** Processor time since the start, of all threads. */
  cpuMs: number;
  /** Resident memory, after garbage was collected. */
  residentMB: number;
}

const BLOCK_BYTES = 1_024;

const [name, bootstrap] = process.argv.slice(2);
const side = MARKETS[name as MarketName](JSON.parse(bootstrap!));
const seller = await side.openSeller();

const answers = {
  address: async () => seller.address,
  async grant(buyerKeys: string[]): Promise<void> {
    for (const key of buyerKeys) seller.grant(Buffer.from(key, 'hex'));
  },
  async append({ blocks, everyMs }: { blocks: number; everyMs: number }): Promise<void> {
    for (let block = 0; block < blocks; block++) {
      await seller.append([randomBytes(BLOCK_BYTES)]);
      await sleep(everyMs);
    }
  },
  async usage(): Promise<Usage> {
    const { user, system } = process.cpuUsage();
    globalThis.gc!();
    return { cpuMs: (user + system) / 1e3, residentMB: process.memoryUsage().rss / 1e6 };
  },
};
export type SellerAnswers = typeof answers;

answer(answers);
