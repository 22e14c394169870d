import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Lightning } from '../ports/lightning.ts';
import { type MarketKeys, marketKeys } from '../protocol/market-keys.ts';
import { freePort } from '../test/support/free-port.ts';
import {
  type LightningPlace,
  type ProgramName,
  type Stack,
  startStack,
} from '../test/support/stack.ts';
import { Answers } from './caller.ts';
import { type MortalDatabase, startMortalDatabase } from './database.ts';
import type { Options } from './options.ts';
import { Part } from './part.ts';
import { balanceMsat, nodeAt, Wallet } from './wallet.ts';
import { Witness } from './witness.ts';

const ENVIRONMENT = {
  // So short that orders lapse and holds end within a run.
  ORDER_TTL_SECONDS: '20',
  HOLD_SECONDS: '15',
  RECONCILE_SECONDS: '5',
};

/** A market as in production, whose parts are all to be killed, and what its users need to meet there. */
export interface Stand extends AsyncDisposable {
  options: Options;
  stack: Stack;
  db: MortalDatabase;
  parts: Part[];
  keys: MarketKeys;
  wallet: Wallet;
  /** The market's own node, to be asked by the judge. */
  lightning: Lightning;
  /** What that node had in its channels before anybody paid. */
  heldAtStartMsat: bigint;
  witness: Witness;
  answers: Answers;
  servers(): string[];
  gateways(): string[];
}

export async function startStand(options: Options, logDir: string): Promise<Stand> {
  await using owned = new AsyncDisposableStack();
  let db: MortalDatabase | undefined;
  const stack = owned.use(
    await startStack({
      redis: options.redis,
      database: async (dir) => {
        db = await startMortalDatabase(join(dir, 'database'));
        return db;
      },
      ...(options.node === 'lnd' && { lightning: await lightningOf() }),
    }),
  );
  mkdirSync(logDir, { recursive: true });
  const parts: Part[] = [];
  owned.defer(async () => {
    await Promise.all(parts.map((part) => part.stop()));
  });
  for (const [program, count] of Object.entries({
    server: 2,
    workers: 2,
    seeder: options.seeders,
  })) {
    for (let n = 1; n <= count; n++) {
      const name = `${program}-${n}`;
      const [port, opsPort] = [await freePort(), await freePort()];
      const env = {
        ...stack.envOf(program as ProgramName),
        ...ENVIRONMENT,
        DAZAAR_DATA: join(stack.dir, name),
        PORT: String(port),
        GATEWAY_PORT: String(port),
        OPS_PORT: String(opsPort),
      };
      parts.push(new Part(program as ProgramName, name, env, logDir));
    }
  }
  await Promise.all(parts.map((part) => part.start()));
  const urlsOf = (name: ProgramName) =>
    parts.filter(({ program }) => program === name).map(({ url }) => url);
  const heldAtStartMsat = await balanceMsat(stack.lightning);
  const all = owned.move();
  return {
    options,
    stack,
    db: db!,
    parts,
    keys: marketKeys(Buffer.from(stack.env.MARKET_SEED!, 'hex')),
    wallet: new Wallet(stack.lightning),
    lightning: nodeAt(stack.lightning.nodes.market),
    heldAtStartMsat,
    witness: new Witness(),
    answers: new Answers(),
    servers: () => urlsOf('server'),
    gateways: () => urlsOf('seeder'),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function lightningOf(): Promise<(dir: string) => Promise<LightningPlace>> {
  const { withoutLnd } = await import('../test/lnd/binaries.ts');
  if (withoutLnd) throw new Error(withoutLnd);
  const { startLndPlace } = await import('../test/lnd/place.ts');
  return startLndPlace;
}
