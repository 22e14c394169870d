import { randomBytes } from 'node:crypto';
import type { NodeAddress } from 'hyperdht';
import { bounded, median, rounded } from '../figures.ts';
import { type Contestant, inTurn, MARKETS, openContestants, PLAIN } from './sides.ts';

const ROUNDS = 11;
const READ_MS = 60_000;
const SHAPES = [
  { name: '1KiB', blockBytes: 1_024, blocks: 4_000 },
  { name: '64KiB', blockBytes: 65_536, blocks: 300 },
] as const;
/** Which speed over which. */
const RATIOS = [
  ['oursTcp', 'v1'],
  ['ours', 'v1'],
  ['v1', 'hypercore9'],
  ['oursTcp', 'hypercore11Tcp'],
  ['ours', 'hypercore11'],
] as const;

interface Reading {
  megabytesPerSecond: number;
  /** Per second of processor time of both ends: what other work on the machine disturbs least. */
  megabytesPerCpuSecond: number;
}

/**
 * A whole feed read by a new buyer each round, from the first verified and stored block to the last; seller and buyer
 * share this process. Speeds are medians, and each ratio is the median of the rounds' own ratios.
 */
export async function throughput(bootstrap: NodeAddress[]): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const shape of SHAPES) Object.assign(figures, await compare(bootstrap, shape));
  return figures;
}

async function compare(
  bootstrap: NodeAddress[],
  { name, blockBytes, blocks }: (typeof SHAPES)[number],
): Promise<Record<string, number>> {
  await using stack = new AsyncDisposableStack();
  const contestants = await openContestants(stack, { ...MARKETS, ...PLAIN }, bootstrap);
  const data = Array.from({ length: blocks }, () => randomBytes(blockBytes));
  for (const contestant of contestants) {
    await contestant.seller.append(data);
    await readAll(contestant, blockBytes);
  }
  const readings = new Map<string, Reading[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of inTurn(contestants, round)) {
      readings.get(contestant.name)!.push(await readAll(contestant, blockBytes));
    }
  }
  return figuresOf(name, readings);
}

function figuresOf(shape: string, readings: Map<string, Reading[]>): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [name, all] of readings) {
    const speed = rounded(median(all.map((reading) => reading.megabytesPerSecond)), 1);
    const perCpu = rounded(median(all.map((reading) => reading.megabytesPerCpuSecond)), 1);
    figures[`${shape} ${name} MB/s`] = speed;
    figures[`${shape} ${name} MB/CPU s`] = perCpu;
    console.log(`${shape} ${name}: ${speed} MB/s, ${perCpu} MB a second of processor time`);
  }
  for (const [over, under] of RATIOS) {
    const ratio = (value: (reading: Reading) => number) => {
      const unders = readings.get(under)!;
      return rounded(median(readings.get(over)!.map((o, i) => value(o) / value(unders[i]!))), 2);
    };
    const speed = ratio((reading) => reading.megabytesPerSecond);
    const perCpu = ratio((reading) => reading.megabytesPerCpuSecond);
    figures[`${shape} ${over}/${under}`] = speed;
    figures[`${shape} ${over}/${under} CPU`] = perCpu;
    console.log(`${shape} ${over}/${under}: ${speed} by the clock, ${perCpu} by processor time`);
  }
  return figures;
}

async function readAll({ name, side, seller }: Contestant, blockBytes: number): Promise<Reading> {
  await using buyer = await side.openBuyer(seller.address);
  seller.grant(buyer.key);
  let left = seller.length;
  let startMs = 0;
  let startCpu = process.cpuUsage();
  const read = new Promise<Reading>((resolve) => {
    buyer.onblock = () => {
      if (left === seller.length) {
        startMs = performance.now();
        startCpu = process.cpuUsage();
      }
      left -= 1;
      if (left > 0) return;
      const megabytes = ((seller.length - 1) * blockBytes) / 1e6;
      const { user, system } = process.cpuUsage(startCpu);
      resolve({
        megabytesPerSecond: megabytes / ((performance.now() - startMs) / 1e3),
        megabytesPerCpuSecond: megabytes / ((user + system) / 1e6),
      });
    };
  });
  await buyer.connect();
  // Awaited here: the buyer is closed when this returns.
  return await bounded(read, READ_MS, `${name} reads a whole feed`);
}
