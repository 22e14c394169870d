import type { Chain } from '../chain/chain.ts';
import type { KeyValues } from '../store/kv.ts';

export interface NodeOptions {
  name: string;
  chain: Chain;
  kv: KeyValues;
  /** Schedules a pump. Called out of LDK, so it must do nothing else. */
  kick: () => void;
  logLevel?: number | undefined;
}
