import { join, resolve } from 'node:path';
import type { Context } from '../buyer/context.ts';
import { EXIT } from '../buyer/exit-codes.ts';
import { Failure } from '../buyer/failure.ts';
import { readOrNull, readSettings, type ShopPaths, shopPaths } from './shop-files.ts';

/** The options that say where a seller's command goes. */
export interface TargetOptions {
  shop?: string;
  market?: string;
}

/** A market, and who sells there. */
export interface Target {
  url: string;
  apiKey: string;
  /** Where the checkpoints of what was appended lie. */
  appends: string;
  /** The options that a suggested command has to repeat. */
  repeated: string;
}

/** Where a shop lies: --shop, or `shop` in the home directory. */
export const shopOf = ({ settings: { home } }: Context, { shop }: TargetOptions): ShopPaths =>
  shopPaths(resolve(shop ?? join(home, 'shop')));

/**
 * The market that --market or DAZAAR_MARKET names, with the key in DAZAAR_API_KEY; else one's own shop.
 *
 * @throws Failure when there is no key, or the shop was never opened
 */
export async function targetOf(
  context: Context,
  options: TargetOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Target> {
  const isMarket = options.market ?? (options.shop === undefined && env.DAZAAR_MARKET);
  if (!isMarket) return shopTarget(shopOf(context, options), options);
  const { settings, paths } = context;
  const apiKey = env.DAZAAR_API_KEY;
  if (!apiKey) {
    const message = `no API key for ${settings.marketUrl.origin}`;
    const hint = 'set DAZAAR_API_KEY to one (dzr_…), or name a shop of your own with --shop DIR';
    throw new Failure(EXIT.usage, 'no-api-key', message, hint);
  }
  return {
    url: settings.marketUrl.href,
    apiKey,
    appends: join(paths.store, '..', 'appends'),
    repeated: settings.repeated,
  };
}

/** A shop that was opened, by its directory. @throws Failure */
export async function shopTarget(paths: ShopPaths, { shop }: TargetOptions): Promise<Target> {
  const settings = await readSettings(paths);
  const apiKey = (await readOrNull(paths.apiKey))?.trim();
  if (!settings || !apiKey) {
    const message = `there is no shop in ${paths.dir}`;
    throw new Failure(EXIT.usage, 'no-shop', message, 'open one with dazaar sell');
  }
  return {
    url: `http://127.0.0.1:${settings.port}`,
    apiKey,
    appends: paths.appends,
    repeated: shop === undefined ? '' : ` --shop ${shop}`,
  };
}
