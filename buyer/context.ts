import { homePaths } from './home.ts';
import { MarketClient } from './market-client.ts';
import { type GlobalOptions, settingsFrom } from './settings.ts';
import { Console } from './terminal/console.ts';

/** What every command works with. */
export function contextFrom(options: GlobalOptions) {
  const settings = settingsFrom(options);
  return {
    settings,
    paths: homePaths(settings),
    client: new MarketClient(settings.marketUrl),
    console: new Console(settings.json),
  };
}

export type Context = ReturnType<typeof contextFrom>;
