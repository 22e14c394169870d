import type { Listing } from '../../../contract/index.ts';

/**
 * A program that reads a feed with the market's SDK, which knows what a key file holds, of one key or of words, and how sealed
 * and unique feeds are read.
 *
 * @param origin where the market answers
 */
export function pullProgram({ slug, feed }: Listing, origin: string): string {
  return `import { connect } from 'dazaar';

// With the keys that the command has made.
const home = process.env.DAZAAR_HOME;
await using market = await connect('${origin}', { listing: '${slug}', home });
const purchase = await market.purchase();
if (!purchase) throw new Error('there is no access: buy it first');
${READ[feed.kind]}`;
}

const READ: Record<Listing['feed']['kind'], string> = {
  hypercore: `for await (const block of purchase.blocks()) console.log(String(block));`,
  hyperbee: `for await (const { key, value } of purchase.bee.createReadStream()) console.log(key, value);`,
  hyperdrive: `for await (const { key, value } of purchase.drive.entries()) console.log(key, value.blob?.byteLength);`,
  autobase: `// What the writers' blocks come to. Where it is a Hyperbee: new Hyperbee(view, …).
const { view } = purchase.replica;
await view.update({ wait: true });
for (let i = 0; i < view.length; i++) console.log(String(await view.get(i)));`,
};
