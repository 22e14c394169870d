import { Prisma } from '../prisma/client/client.ts';
import { toTsquery } from './search-text.ts';

export type Sort = 'relevance' | 'newest' | 'price' | 'fresh' | 'popular';

/** Where a listing stands in an order: the text of its key, and its id among those with the same one. */
export interface Place {
  key: string;
  id: string;
}

interface Key {
  value: Prisma.Sql;
  /** The value as the text that a place keeps, without loss. */
  text: Prisma.Sql;
  order: Prisma.Sql;
  /** Whether a listing comes after a place. */
  beyond: (place: Place) => Prisma.Sql;
}

const DESC = Prisma.sql`DESC`;
const ASC = Prisma.sql`ASC`;
const LAST_BLOCK_AT = Prisma.sql`coalesce(
  (SELECT max(c.last_block_at) FROM feeds f JOIN feed_cores c ON c.feed_id = f.id WHERE f.listing_id = l.id), to_timestamp(0))`;
const DEMAND = Prisma.sql`(
  (SELECT count(*) FROM feeds f JOIN grants g ON g.feed_id = f.id WHERE f.listing_id = l.id AND g.state = 'live') +
  (SELECT count(*) FROM orders o WHERE o.listing_id = l.id AND o.paid_at > now() - interval '30 days'))`;
/**
 * What the cheapest plan of a listing `l` costs now, trials left out; NULL while no rate is known. Spelt out rather than
 * called: a function of ten thousand listings takes three times as long.
 */
export const PRICE_MSAT = Prisma.sql`(
  SELECT min(coalesce(p.price_msat, ceil(p.price_minor * r.msat_per_unit / 10 ^ r.minor_digits::numeric)::bigint))
  FROM plans p LEFT JOIN exchange_rates r ON r.currency = p.currency
  WHERE p.listing_id = l.id AND p.retired_at IS NULL AND p.kind <> 'trial')`;
// Those whose price nobody can tell come last.
const PRICE = Prisma.sql`coalesce(${PRICE_MSAT}, 9223372036854775807)`;

/** How an order is spelt in SQL. */
export function keyOf(sort: Sort, text: string): Key {
  switch (sort) {
    case 'relevance': {
      const rank = Prisma.sql`ts_rank_cd(l.document, ${toTsquery(text)})::float8`;
      return key(rank, DESC, (place) => Prisma.sql`${place}::float8`);
    }
    case 'newest':
      return timeKey(Prisma.sql`l.published_at`);
    case 'fresh':
      return timeKey(LAST_BLOCK_AT);
    case 'popular':
      return key(DEMAND, DESC, (place) => Prisma.sql`${place}::bigint`);
    case 'price':
      return key(PRICE, ASC, (place) => Prisma.sql`${place}::bigint`);
  }
}

function timeKey(value: Prisma.Sql): Key {
  const text = Prisma.sql`(extract(epoch FROM ${value}) * 1000)::bigint::text`;
  const ofPlace = (place: string) => Prisma.sql`${new Date(Number(place))}::timestamptz`;
  return { ...key(value, DESC, ofPlace), text };
}

function key(value: Prisma.Sql, order: Prisma.Sql, ofPlace: (key: string) => Prisma.Sql): Key {
  const side = order === DESC ? Prisma.sql`<` : Prisma.sql`>`;
  const beyond = ({ key: at, id }: Place) =>
    Prisma.sql`(${value}, l.id) ${side} (${ofPlace(at)}, ${id}::uuid)`;
  return { value, text: Prisma.sql`${value}::text`, order, beyond };
}
