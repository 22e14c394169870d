import type { Announcements } from '../boot/announcements.ts';
import type { Market } from '../contract/index.ts';
import type { FlowDeps } from '../flow/deps.ts';
import type { Draining } from '../http/draining.ts';
import type { Authenticate } from '../http/operate.ts';
import type { Limiter } from '../ports/limiter.ts';
import type { PlayWallet } from '../ports/play-wallet.ts';

export interface ServerDeps extends FlowDeps {
  orders: Announcements;
  appended: Announcements;
  written: Announcements;
  authenticate: Authenticate;
  limiter: Limiter;
  draining: Draining;
  corsOrigins: readonly string[];
  trustedProxies: readonly string[];
  name: string;
  /** What links to this server begin with: as configured, never as a request says. */
  origin: () => string;
  network: Market['network'];
  /** What visitors of a play market pay with; undefined where coins are worth something. */
  playWallet?: PlayWallet | undefined;
}
