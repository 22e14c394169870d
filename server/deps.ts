import type { Market } from '../contract/index.ts';
import type { FlowDeps } from '../flow/deps.ts';
import type { Announcements } from './announcements.ts';

export interface ServerDeps extends FlowDeps {
  orders: Announcements;
  appended: Announcements;
  name: string;
  network: Market['network'];
}
