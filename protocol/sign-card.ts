import crypto from 'hypercore-crypto';
import { type Card, signedBytes, type UnsignedCard } from './card.ts';

/** Signs a card with the market's key: Ed25519. */
export function signCard(
  card: UnsignedCard,
  signing: { publicKey: Uint8Array; secretKey: Uint8Array },
): Card {
  const marketKey = Buffer.from(signing.publicKey).toString('hex');
  const named = { ...card, dazaar: { ...card.dazaar, marketKey } };
  const signature = crypto.sign(signedBytes(named), signing.secretKey).toString('hex');
  return { ...named, dazaar: { ...named.dazaar, signature } };
}
