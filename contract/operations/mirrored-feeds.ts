import { z } from 'zod';
import { feedState, handedSeeds, ownershipProofs } from '../mirrored-feed.ts';
import { operation } from '../operation.ts';
import { slug } from '../primitives.ts';

const bySlug = z.object({ slug });

export const readFeedState = operation({
  id: 'readFeedState',
  method: 'get',
  path: '/v1/seller/listings/{slug}/feed',
  tag: 'Feeds',
  summary: 'How a feed stands: its cores, its lag, and what is to be signed',
  access: 'read',
  params: bySlug,
  success: { status: 200, description: 'The feed.', body: feedState },
  refusals: ['listing-not-found'],
});

export const proveOwnership = operation({
  id: 'proveOwnership',
  method: 'post',
  path: '/v1/seller/listings/{slug}/ownership',
  tag: 'Feeds',
  summary: 'Prove that the cores of a mirrored feed are yours',
  description:
    'For each core, its writer signs the text that `GET …/feed` gives. From then on the market copies the feed from your machine, and the listing can be published. A claim that is not proved keeps nobody else from proving his; a core that was proved can be sold by no other listing. A feed that is proved already stays so, whatever is sent.',
  access: 'listings',
  params: bySlug,
  body: ownershipProofs,
  success: { status: 200, description: 'The feed, proved.', body: feedState },
  refusals: [
    'listing-not-found',
    'listing-withdrawn',
    'feed-hosted',
    'proof-missing',
    'proof-wrong',
    'core-taken',
  ],
});

export const handOverSeeds = operation({
  id: 'handOverSeeds',
  method: 'post',
  path: '/v1/seller/listings/{slug}/seeds',
  tag: 'Feeds',
  summary: 'Hand over the keys of some epochs of a sealed feed of yours',
  description:
    'Of a mirrored feed that you seal on your own machine: seeds of ranges of epochs, which the market keeps encrypted and gives to buyers as far as they have paid. It can open these epochs and no others. Seeds that do not open a block of theirs that the market has are refused; those of blocks to come are tried then, see `source.fault`. What is sent again changes nothing. See docs/mirror.md.',
  access: 'listings',
  params: bySlug,
  body: handedSeeds,
  success: {
    status: 200,
    description: 'The feed, with what the market can open.',
    body: feedState,
  },
  refusals: ['listing-not-found', 'feed-hosted', 'feed-open', 'seeds-wrong', 'too-many-seeds'],
});

export const mirroredFeedOperations = [readFeedState, proveOwnership, handOverSeeds];
