import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Card } from '../../protocol/card.ts';
import { replaceFile } from '../files.ts';
import { checkCard } from './read-card.ts';

const stored = z.object({ version: z.literal(1), card: z.unknown() });

/** Remembers what is being bought, before anything is paid: later it is found again without the card. */
export async function rememberPurchase(directory: string, card: Card): Promise<void> {
  const content = { version: 1, card };
  await replaceFile(pathOf(directory, card), `${JSON.stringify(content, null, 2)}\n`);
}

/** The cards of all that was bought at all markets of a home, as they were then. */
export async function rememberedPurchases(home: string): Promise<Card[]> {
  const markets = join(home, 'markets');
  const cards: Card[] = [];
  for (const market of await namesIn(markets)) {
    const directory = join(markets, market, 'purchases');
    for (const name of await namesIn(directory)) {
      if (name.endsWith('.json')) cards.push(await read(join(directory, name)));
    }
  }
  return cards;
}

async function read(path: string): Promise<Card> {
  const content = stored.parse(JSON.parse(await readFile(path, 'utf8')));
  return checkCard(content.card, path);
}

async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).sort();
}

const pathOf = (directory: string, { dazaar }: Card) => join(directory, `${dazaar.feedId}.json`);
