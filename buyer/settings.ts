import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { refuseUsage } from './failure.ts';

const DEFAULT_MARKET = 'http://127.0.0.1:8470';

/** The options every command takes, as the command line gives them. */
export interface GlobalOptions {
  market?: string;
  home?: string;
  json?: boolean;
}

export interface Settings {
  marketUrl: URL;
  /** Where keys, orders and downloaded blocks are kept. */
  home: string;
  json: boolean;
  /** The options that a command suggested to the user must repeat: with a space before each. */
  repeated: string;
  /** Where the Lightning sandbox leaves its `sandbox.json`. */
  sandboxDir: string;
}

type Environment = Record<string, string | undefined>;

/** Settings from the command line, else the environment, else the defaults. @throws Failure */
export function settingsFrom(options: GlobalOptions, env: Environment = process.env): Settings {
  return {
    marketUrl: marketUrl(options.market ?? env.DAZAAR_MARKET ?? DEFAULT_MARKET),
    home: resolve(options.home ?? env.DAZAAR_HOME ?? join(homedir(), '.dazaar')),
    json: options.json ?? false,
    repeated: repeatedOptions(options),
    sandboxDir: resolve(env.DAZAAR_SANDBOX_DIR ?? join('.dazaar', 'sandbox')),
  };
}

function marketUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  return refuseUsage(
    `"${text}" is not the address of a market`,
    'give it as --market https://market.example',
  );
}

function repeatedOptions({ market, home }: GlobalOptions): string {
  return `${market ? ` --market ${market}` : ''}${home ? ` --home ${home}` : ''}`;
}
