// A buyer who has a card and a wallet, and nothing else: no address of any server. Buys the plan, or with `-` comes back
// to what the key has; prints each block on a line, and ends when access does.
//
//   node card-buyer.ts CARD SANDBOX SEED PLAN
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Card, verifyCard } from '../../protocol/card.ts';
import { orderState } from '../../protocol/messages.ts';
import { verifySeeder } from '../../protocol/seeder-attestation.ts';
import type { Bulletin } from '../../sandbox/start.ts';
import { connectBuyer, type TestBuyer, until } from '../seeder/loopback.ts';
import { connect } from '../support/market.ts';
import { pay } from '../support/shop.ts';

const ACCESS_ENDED = 4;
const FIND_WITHIN_MS = 60_000;

const [cardFile, sandboxDir, seed, plan] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const card: Card = JSON.parse(readFileSync(cardFile, 'utf8'));
if (!verifyCard(card)) throw new Error('the card is not good');
const { feedId, bootstrap, seeders, marketKey } = card.dazaar;
const seederKey = seeders[0]!;
const buyer = await connectBuyer(bootstrap, Buffer.from(seederKey, 'hex'), {
  seed: Buffer.from(seed, 'hex'),
});
await until(() => buyer.heard.hello.some(isGenuine), 'a seeder that is attested', FIND_WITHIN_MS);
if (plan === '-') buyer.channel.subscribe({ feedId });
else await order(buyer);
await until(() => isValid(buyer), 'told that it has access');
await read(buyer);

function isGenuine({ attestation }: TestBuyer['heard']['hello'][number]): boolean {
  const expected = { marketKey, seederKey, nowMs: Date.now() };
  return attestation !== undefined && verifySeeder(attestation, expected) === 'genuine';
}

async function order({ ask }: TestBuyer): Promise<void> {
  const idempotencyKey = randomBytes(16).toString('hex');
  const wanted = { what: 'order', feedId, plan, quantity: 1, idempotencyKey } as const;
  const { value, refused } = await ask(wanted);
  if (refused) throw new Error(refused.detail);
  const { nodes }: Bulletin = JSON.parse(readFileSync(join(sandboxDir, 'sandbox.json'), 'utf8'));
  await pay(connect(nodes.buyer), orderState.parse(value) as never);
}

function isValid({ said }: TestBuyer): boolean {
  const last = said.at(-1);
  return last !== undefined && 'valid' in last;
}

async function read(buyer: TestBuyer): Promise<void> {
  const core = await buyer.open(Buffer.from(card.id, 'hex'));
  void until(() => !isValid(buyer), 'the end of access', 2 ** 31).then(() =>
    process.exit(ACCESS_ENDED),
  );
  for (let index = 0; ; index += 1) process.stdout.write(`${await core.get(index)}\n`);
}
