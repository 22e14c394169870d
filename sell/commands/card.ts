import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Context } from '../../buyer/context.ts';
import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure, fileFault, refuseUsage } from '../../buyer/failure.ts';
import { replaceFile } from '../../buyer/files.ts';
import { plainLine } from '../../buyer/terminal/text.ts';
import type { Card, UnsignedCard } from '../../protocol/card.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { signCard } from '../../protocol/sign-card.ts';
import { askSeeders, type Heard } from '../card/ask-seeders.ts';
import { checkCard } from '../card/check-card.ts';
import { SellerClient } from '../seller-client.ts';
import { parseJson, readOrNull } from '../shop-files.ts';
import { shopOf, type TargetOptions, targetOf } from '../target.ts';

export interface MakeOptions extends TargetOptions {
  out?: string;
}
export interface CheckOptions {
  live?: boolean;
  key?: string;
}
export interface SignOptions extends TargetOptions {
  key?: string;
  out?: string;
}

/** Writes the card of a listing of the seller's, signed as it is at this moment. */
export async function makeCard(
  context: Context,
  slug: string,
  options: MakeOptions,
): Promise<void> {
  const client = new SellerClient(await targetOf(context, options));
  await writeCard(context, (await client.card(slug)) as Card, options.out);
}

/** Says what is wrong with a card. @throws Failure when something is */
export async function check(context: Context, file: string, options: CheckOptions): Promise<void> {
  const { card, faults } = checkCard(await textOf(file), keyOption(options.key));
  if (!card || faults.length > 0) throw wrong(faults);
  const heard = options.live ? await askSeeders(card) : null;
  if (heard) refuseUnlessServed(heard);
  const { console } = context;
  const { marketKey, cores, seeders, plans } = card.dazaar;
  const { id, name, provider } = card;
  console.data({ good: true, id, name, provider, marketKey, cores, seeders, plans, live: heard });
  console.line(
    `The card is good: "${plainLine(name)}" of ${plainLine(provider)}, signed by ${marketKey}.`,
  );
  if (!heard) return;
  const up = heard.seeders.filter(({ state }) => state === 'attested').length;
  console.line(`${up} of ${heard.seeders.length} seeders that it names are up and speak for it.`);
  if (heard.isCurrent === false)
    console.line('The market says something else today: get a new one.');
}

/** Signs a card that was written by hand with the key of one's shop, or of a file. */
export async function sign(context: Context, file: string, options: SignOptions): Promise<void> {
  const card = parseJson(await textOf(file));
  if (!isUnsignedCard(card)) return refuseUsage(`${file} is no card with a member dazaar`);
  const { marketKey: _, signature: __, ...dazaar } = card.dazaar as Card['dazaar'];
  const signed = signCard({ ...card, dazaar }, await signingKey(context, options));
  const { faults } = checkCard(JSON.stringify(signed));
  if (faults.length > 0) refuseUsage(`${file} makes no card: ${faults.join('; ')}`);
  await writeCard(context, signed, options.out);
}

/** One seeder that is up is enough; none that is not the market's is borne. */
function refuseUnlessServed({ seeders, isProved }: Heard): void {
  const foreign = seeders.filter(({ state }) => state === 'foreign');
  const faults = foreign.map(({ key }) => `seeder ${key} does not speak for its market`);
  if (isProved === false) faults.push('the writers of its cores have not signed for its market');
  if (faults.length > 0) throw wrong(faults);
  if (seeders.some(({ state }) => state === 'attested')) return;
  const message = 'the card is signed, but none of the seeders that it names is reachable';
  throw new Failure(
    EXIT.noSeeder,
    'no-seeder',
    message,
    'get a newer one, or try again in a while',
  );
}

const wrong = (faults: readonly string[]) =>
  new Failure(EXIT.market, 'card-wrong', `the card is not good: ${faults.join('; ')}`);

async function writeCard({ console }: Context, card: Card, out: string | undefined): Promise<void> {
  const json = `${JSON.stringify(card, null, 2)}\n`;
  if (out === undefined) return void console.out.write(json);
  await replaceFile(out, json);
  console.data({ card: out, id: card.id });
  console.line(`The card is in ${out}.`);
}

/** 32 bytes in hexadecimal, as a market keeps them: the seed of its keys. */
async function signingKey(context: Context, { key, ...options }: SignOptions) {
  const path = key ?? shopOf(context, options).seed;
  const seed = (await readOrNull(path))?.trim() ?? '';
  if (/^[0-9a-f]{64}$/.test(seed)) return marketKeys(Buffer.from(seed, 'hex')).signing;
  const message = `${path} does not hold the seed of a market's keys`;
  throw new Failure(
    EXIT.local,
    'no-seed',
    message,
    'open a shop with dazaar sell, or name a --key FILE',
  );
}

async function textOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  return readFile(file, 'utf8').catch((error) => {
    throw new Failure(EXIT.local, 'unreadable', `${file} cannot be read (${fileFault(error)})`);
  });
}

function keyOption(key: string | undefined): string | undefined {
  if (key === undefined || /^[0-9a-fA-F]{64}$/.test(key)) return key;
  return refuseUsage('--key must be the key of a market: 64 hexadecimal digits');
}

const unsigned = z.looseObject({ dazaar: z.looseObject({}) });

const isUnsignedCard = (value: unknown): value is UnsignedCard => unsigned.safeParse(value).success;
