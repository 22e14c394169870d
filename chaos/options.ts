import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const USAGE = `npm run chaos -- [options]

  --seed N         the plan of faults and purchases; one by chance, and printed, if not given
  --seconds N      for how long faults are made (120, or an hour with --purchases)
  --purchases N    ends when so many purchases are made
  --pace MS        a fault every so many milliseconds on average (2500)
  --buyers N       how many buy at the same time (16)
  --node NAME      the Lightning node: sandbox, or lnd where test/lnd can run one (sandbox)
  --seeders N      how many seeding nodes (2)
  --no-redis       jobs and limits in Postgres although redis-server is there
`;

const NODES = ['sandbox', 'lnd'] as const;

export interface Options {
  seed: number;
  seconds: number;
  /** null: no end but that of the time. */
  purchases: number | null;
  paceMs: number;
  buyers: number;
  node: (typeof NODES)[number];
  seeders: number;
  redis: boolean;
}

/** Reads the command line; what cannot be read ends the program with how to use it. */
export function readOptions(args: string[]): Options {
  try {
    return parse(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function parse(args: string[]): Options {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      seed: { type: 'string' },
      seconds: { type: 'string' },
      purchases: { type: 'string' },
      pace: { type: 'string' },
      buyers: { type: 'string' },
      node: { type: 'string' },
      seeders: { type: 'string' },
      redis: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const node = NODES.find((name) => name === (values.node ?? 'sandbox'));
  if (!node) throw new Error(`--node is one of ${NODES.join(', ')}`);
  const purchases = values.purchases ? numberOf('purchases', values.purchases, 0) : null;
  return {
    seed: numberOf('seed', values.seed, randomInt(1, 1_000_000_000)),
    seconds: numberOf('seconds', values.seconds, purchases === null ? 120 : 3_600),
    purchases,
    paceMs: numberOf('pace', values.pace, 2_500),
    buyers: numberOf('buyers', values.buyers, 16),
    node,
    seeders: numberOf('seeders', values.seeders, 2),
    redis: values.redis ?? true,
  };
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} ${text}: a number?`);
  return number;
}
