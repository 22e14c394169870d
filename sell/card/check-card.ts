import { card as cardShape } from '../../contract/card.ts';
import { type Card, verifyCard } from '../../protocol/card.ts';
import { termsHash } from '../../protocol/terms.ts';

/** What came of checking a card: the card as far as it is one, and everything that is wrong, in words. */
export interface CardVerdict {
  card: Card | null;
  faults: string[];
}

/**
 * Checks what a card says by itself, without asking anybody.
 *
 * @param text JSON, from anywhere
 * @param marketKey who must have signed it, in hex; left out: whoever the card names
 */
export function checkCard(text: string, marketKey?: string): CardVerdict {
  const json = parseJson(text);
  if (typeof json !== 'object' || json === null) return { card: null, faults: ['it is no JSON'] };
  if (!('dazaar' in json)) {
    return { card: null, faults: ['it is not signed: a card of Dazaar 1, which none was'] };
  }
  const { data, error } = cardShape.safeParse(json);
  if (!data) return { card: null, faults: error.issues.map(faultOf) };
  const card = json as Card;
  return { card, faults: [...signatureFaults(card, marketKey), ...inconsistencies(card)] };
}

function signatureFaults(card: Card, marketKey: string | undefined): string[] {
  const { marketKey: signer } = card.dazaar;
  if (!verifyCard(card)) return ['it was changed after it was signed, or never signed by its key'];
  if (marketKey === undefined || marketKey.toLowerCase() === signer) return [];
  return [`it was signed by another market: ${signer}`];
}

function inconsistencies({ id, payment, dazaar }: Card): string[] {
  const { cores, plans, includes, terms, licence } = dazaar;
  const faults: string[] = [];
  if (cores[0]?.key !== id) faults.push('its id is not the key of its first core');
  if (plans.length !== payment.length || includes.length !== payment.length) {
    faults.push('its plans and its payments are not equally many');
  }
  if (terms && terms.hash !== hashOf(terms.text, licence)) {
    faults.push('the hash of its terms of use is not that of their text and the licence');
  }
  return faults;
}

const hashOf = (text: string, licence: string) =>
  Buffer.from(termsHash({ text, licence })).toString('hex');

const faultOf = ({ path, message }: { path: PropertyKey[]; message: string }) =>
  `${path.map(String).join('/')}: ${message}`;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
