// Many buyers in one process. Arguments: which market, the DHT's nodes as JSON.
import { until } from '../../test/seeder/loopback.ts';
import { answer } from './child.ts';
import type { Address, Buyer } from './side.ts';
import { MARKETS, type MarketName } from './sides.ts';

const AT_ONCE = 10;
const DIAL_MS = 20_000;

const [name, bootstrap] = process.argv.slice(2);
const side = MARKETS[name as MarketName](JSON.parse(bootstrap!));
const buyers: Buyer[] = [];
const failures = new Map<string, number>();
const served = new Set<Buyer>();
let received = 0;

const answers = {
  /** The keys of so many buyers, none of whom is connected yet. */
  async open({ address, count }: { address: Address; count: number }): Promise<string[]> {
    while (buyers.length < count) buyers.push(await openOne(address));
    return buyers.map(({ key }) => key.toString('hex'));
  },
  /** Connects them all; answers how many have got a block, and what went wrong with others. */
  async connect(withinMs: number): Promise<{ served: number; failures: [string, number][] }> {
    const waiting = [...buyers];
    await Promise.all(Array.from({ length: AT_ONCE }, () => connectEach(waiting)));
    await until(() => served.size === buyers.length, 'all have a block', withinMs).catch(() => {});
    return { served: served.size, failures: [...failures] };
  },
  received: async () => received,
};
export type BuyersAnswers = typeof answers;

answer(answers);

async function openOne(address: Address): Promise<Buyer> {
  const buyer = await side.openBuyer(address, { oneOfMany: true });
  buyer.onblock = () => {
    received += 1;
    served.add(buyer);
  };
  return buyer;
}

async function connectEach(waiting: Buyer[]): Promise<void> {
  for (let buyer = waiting.pop(); buyer; buyer = waiting.pop()) {
    const late = AbortSignal.timeout(DIAL_MS);
    const dialled = await Promise.race([
      buyer.connect().then(() => null, String),
      new Promise<string>((resolve) => late.addEventListener('abort', () => resolve('too late'))),
    ]);
    if (dialled) failures.set(dialled, (failures.get(dialled) ?? 0) + 1);
  }
}
