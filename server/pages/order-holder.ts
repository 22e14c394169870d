import { hex32 } from '../../contract/primitives.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { linkKey } from '../../flow/link-key.ts';
import type { ListingRow } from '../../flow/read-listings.ts';
import { addressOf } from '../../http/limits.ts';
import type { PageDeps } from './deps.ts';
import { formIdempotency } from './form-token.ts';
import { openOwnShelf } from './own-shelf.ts';
import type { Visit } from './page-router.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Whom an order is for; null as key: whoever has the claim code. Or which field is wrong, and why. */
export type Holder = { buyerKey: Bytes | null } | { field: string; fault: string };

/** Reads who is to get the access. A code of the command line is used up by it, and puts its key on the shelf. */
export async function readHolder(
  deps: PageDeps,
  visit: Visit,
  listing: ListingRow,
): Promise<Holder> {
  const { holder = '', buyerKey = '', keyCode = '' } = visit.form;
  if (holder.startsWith('shelf:')) return keyIn(holder.slice('shelf:'.length), listing);
  if (holder === 'key') return keyIn(buyerKey, listing);
  if (holder === 'code') return redeem(deps, visit, keyCode);
  if (buyerKey.trim() !== '' || keyCode.trim() !== '') {
    const fault = 'You typed a key or a code, and chose a claim code: choose which of them it is.';
    return { field: 'holder', fault };
  }
  return { buyerKey: null };
}

function keyIn(typed: string, { feed }: ListingRow): Holder {
  const plain = typed.replace(/\s+/g, '').replace(/^0x/i, '');
  const { data } = hex32.safeParse(plain);
  if (data === undefined) return { field: 'buyerKey', fault: faultOf(plain) };
  const buyerKey = Uint8Array.from(Buffer.from(data, 'hex'));
  const isFeeds = feed?.cores.some(({ key }) => Buffer.compare(key, buyerKey) === 0);
  if (!isFeeds) return { buyerKey };
  return {
    field: 'buyerKey',
    fault: 'That is the key of the data, not yours: paste what “dazaar keygen” shows.',
  };
}

function faultOf(plain: string): string {
  if (plain === '') return 'Paste your buyer key here, or choose another way.';
  const wrong = /[^0-9a-f]/i.exec(plain)?.[0];
  if (wrong) return `A buyer key has the digits 0 to 9 and a to f only, and this has “${wrong}”.`;
  return `A buyer key has 64 digits, and this has ${plain.length}.`;
}

async function redeem(deps: PageDeps, visit: Visit, keyCode: string): Promise<Holder> {
  if (keyCode.trim() === '') return { field: 'keyCode', fault: 'Type the code here.' };
  const { allowed } = await deps.limiter.take('guesses', addressOf(visit.req));
  if (!allowed) {
    return { field: 'keyCode', fault: 'Too many codes were tried from here. Try again later.' };
  }
  const idempotency = formIdempotency(deps, visit, 'orderFormCode', keyCode);
  const linked = await linkKey(deps, await openOwnShelf(deps, visit.req), keyCode, idempotency);
  return isRefusal(linked) ? { field: 'keyCode', fault: linked.detail } : linked;
}
