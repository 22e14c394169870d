import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../files.ts';
import type { SwarmPlace } from './seeder-link.ts';

const bootstrapNodes = z.array(z.object({ host: z.string(), port: z.int().min(1).max(65_535) }));

/**
 * Where a market's swarm is: as it says now, or, while none of its seeders is up, on the DHT that it was on last, where
 * those who have a sealed feed still meet.
 *
 * @param path where that is kept
 */
export async function lastPlace(path: string, place: SwarmPlace): Promise<SwarmPlace> {
  if (place.seeders.length > 0) {
    await replaceFile(path, JSON.stringify(place.bootstrap));
    return place;
  }
  const text = await readFile(path, 'utf8').catch(() => '[]');
  const { data = [] } = bootstrapNodes.safeParse(JSON.parse(text));
  return { ...place, bootstrap: data };
}
