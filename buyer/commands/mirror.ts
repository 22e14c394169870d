import { join } from 'node:path';
import type Hypercore from 'hypercore';
import { peerTopic } from '../../protocol/peer-topic.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, refuseUsage } from '../failure.ts';
import { untilInterrupted } from '../interruption.ts';
import { cardSource, readCard } from '../sdk/read-card.ts';
import { openBlockStore } from '../swarm/block-store.ts';
import { PeerSwarm } from '../swarm/peer-swarm.ts';
import { SilentSeeders } from '../swarm/silent-seeders.ts';
import { count } from '../terminal/amounts.ts';

const LOOK_MS = 1_000;

/** Keeps the blocks of a sealed feed and passes them on, with no key to read them, until it is stopped. */
export async function mirror({ console, paths }: Context, source: string): Promise<void> {
  const { name, dazaar } = await readCard(cardOf(source));
  if (dazaar.mode !== 'sealed') throw notSealed(name);
  const store = await openBlockStore(join(paths.mirrors, dazaar.feedId));
  const cores = dazaar.cores.map(({ key }) => store.get({ key: Buffer.from(key, 'hex') }));
  await Promise.all(cores.map((core) => core.ready()));
  const sources = cores.map((core) => new SilentSeeders(core));
  const peers = new PeerSwarm({
    bootstrap: dazaar.bootstrap,
    announces: true,
    onpeer(mux) {
      for (const each of sources) each.add(mux);
    },
  });
  for (const core of cores) {
    peers.join(peerTopic(core.key));
    core.download({ start: 0, end: -1 });
  }
  console.note(`Mirroring ${name}: ${count(blocksOf(cores))} blocks are here. Stop with Ctrl-C.`);
  const telling = tellWhenWhole(cores, (blocks) => {
    console.data({ feedId: dazaar.feedId, blocks });
    console.line(`All ${count(blocks)} blocks of ${name} are here.`);
  });
  await untilInterrupted();
  clearInterval(telling);
  for (const each of sources) each.close();
  await peers.close();
  await store.close();
}

// By a key nobody is found who has the card of a sealed feed but its seeders, and a mirror asks none.
function cardOf(text: string) {
  const source = cardSource(text);
  if (source.kind !== 'key') return source;
  return refuseUsage('a mirror needs a card', 'give its file or its address');
}

function tellWhenWhole(cores: readonly Hypercore[], tell: (blocks: number) => void) {
  let told = 0;
  return setInterval(() => {
    const blocks = blocksOf(cores);
    const isWhole = cores.every((core) => core.length > 0 && core.contiguousLength === core.length);
    if (!isWhole || blocks === told) return;
    told = blocks;
    tell(blocks);
  }, LOOK_MS);
}

function blocksOf(cores: readonly Hypercore[]): number {
  return cores.reduce((sum, core) => sum + core.contiguousLength, 0);
}

function notSealed(name: string): Failure {
  return new Failure(
    EXIT.usage,
    'not-sealed',
    `${name} is not sealed: what a mirror of it passes on anybody could read`,
  );
}
