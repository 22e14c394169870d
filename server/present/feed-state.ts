import type { FeedState } from '../../contract/mirrored-feed.ts';
import { inOrder } from '../../domain/core-order.ts';
import type { FeedState as Found } from '../../flow/read-feed-state.ts';

type Core = FeedState['cores'][number];

export function presentFeedState(feed: Found): FeedState {
  const { slug, id, kind, origin } = feed;
  return {
    listing: slug,
    feedId: id,
    kind,
    origin,
    cores: inOrder(feed.cores).map(presentCore),
    source: presentSource(feed),
    ownership: presentOwnership(feed),
    seal: presentSeal(feed),
  };
}

function presentCore(core: Found['cores'][number]): Core {
  const length = Number(core.length);
  const sourceLength = core.sourceLength === null ? null : Number(core.sourceLength);
  return {
    role: core.role,
    key: hex(core.key),
    length,
    byteLength: Number(core.byteLength),
    lastBlockAtMs: core.lastBlockAt?.getTime() ?? null,
    sourceLength,
    lagBlocks: sourceLength === null ? null : Math.max(0, sourceLength - length),
  };
}

function presentSource({ peerKey, sourceSeenAt, sourceFault }: Found): FeedState['source'] {
  return (
    peerKey && {
      peerKey: hex(peerKey),
      seenAtMs: sourceSeenAt?.getTime() ?? null,
      fault: sourceFault,
    }
  );
}

function presentOwnership(feed: Found): FeedState['ownership'] {
  const { origin, challenge, provedAt, toSign } = feed;
  if (origin === 'hosted' || !challenge) return null;
  return {
    provedAtMs: provedAt?.getTime() ?? null,
    challenge: hex(challenge),
    toSign: toSign.map(({ coreKey, text }) => ({ coreKey: hex(coreKey), text })),
  };
}

function presentSeal({ epochMs, seeds }: Found): FeedState['seal'] {
  if (epochMs === null) return null;
  const opens = seeds.map(({ first, last }) => ({ first: Number(first), last: Number(last) }));
  return { epochMs, opens };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
