import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure } from '../../buyer/failure.ts';
import type { Market } from '../../contract/index.ts';

type Swarm = Pick<Market['swarm'], 'bootstrap'>;

/** What is wrong when the seeders of another market look for a shop on another DHT than its own; null: nothing. */
export function otherDht(own: Swarm, there: Swarm): Failure | null {
  const [ours, theirs] = [own, there].map(({ bootstrap }) =>
    bootstrap.map(({ host, port }) => `${host}:${port}`),
  ) as [string[], string[]];
  const isPublic = ours.length === 0 && theirs.length === 0;
  if (isPublic || theirs.some((node) => ours.includes(node))) return null;
  const remedy =
    theirs.length === 0 ? 'without a private DHT' : `with --bootstrap ${theirs.join(',')}`;
  const message = 'the seeders of that market are on another DHT, and will hardly find this shop';
  return new Failure(EXIT.usage, 'other-dht', message, `open it ${remedy}`);
}
