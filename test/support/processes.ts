import { SCOPES } from '../../contract/operation.ts';
import { createApiKey } from '../../flow/api-keys.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { connect } from './market.ts';
import { listFeed, type Shopfront, type ShopListing } from './shop.ts';
import { type Stack, type StackProgram, startStack } from './stack.ts';

/** A market of several processes with a listing on sale, and somebody who pays. */
export interface Several extends AsyncDisposable {
  stack: Stack;
  server: StackProgram;
  seeder: StackProgram;
  shop: Shopfront;
  listing: ShopListing;
  buyer: Lightning;
}

/** A stack with one server, one seeder and a listing, and no workers. */
export async function startSeveral(
  options: Parameters<typeof startStack>[0] = {},
  env: Record<string, string> = {},
): Promise<Several> {
  await using owned = new AsyncDisposableStack();
  const stack = owned.use(await startStack(options));
  const [server, seeder] = await Promise.all([
    stack.start('server', 'server', env),
    stack.start('seeder', 'seeder', env),
  ]);
  const shop = await openShop(stack, server.url);
  const listing = await listFeed(shop, [{ n: 1 }]);
  const buyer = connect(stack.lightning.nodes.buyer);
  const kept = owned.move();
  return {
    stack,
    server,
    seeder,
    shop,
    listing,
    buyer,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A seller at whatever answers at `url`. */
export async function openShop({ db, lightning }: Stack, url: string): Promise<Shopfront> {
  const seller = await db.prisma.seller.create({ data: { name: 'Test seller' } });
  const coins = lightning.network === 'sandbox' ? 'sandbox' : 'live';
  const apiKey = await createApiKey(db.prisma, seller.id, 'test', coins, [...SCOPES]);
  return { server: { url }, apiKey, db };
}
