import { Prisma } from '../prisma/client/client.ts';

const UNFINISHED_WORD = /^(.*?)(?:^|\s)([\p{L}\p{N}]+)$/su;

/**
 * What somebody types into a search box as a tsquery: words, "phrases", -exclusions and `or`. The last word is taken as
 * a whole one, and as the beginning of one, so that results come while it is typed.
 */
export function toTsquery(text: string): Prisma.Sql {
  const whole = Prisma.sql`websearch_to_tsquery('english', ${text})`;
  const [, before, word] = UNFINISHED_WORD.exec(text) ?? [];
  if (before === undefined || word === undefined || isWithinQuotes(before)) return whole;
  return Prisma.sql`(${whole} || (websearch_to_tsquery('english', ${before}) && to_tsquery('simple', ${`'${word}':*`})))`;
}

function isWithinQuotes(text: string): boolean {
  return text.split('"').length % 2 === 0;
}
