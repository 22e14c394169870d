import {
  BroadcasterInterface,
  FeeEstimator,
  IOError,
  KVStore,
  Logger,
  type Record as LogRecord,
  Result_CVec_StrZIOErrorZ,
  Result_CVec_u8ZIOErrorZ,
  Result_NoneIOErrorZ,
} from 'lightningdevkit';
import { Record_free } from 'lightningdevkit/bindings.mjs';
import type { Chain } from '../chain/chain.ts';
import type { KeyValues } from '../store/kv.ts';

const FEERATE_SAT_PER_1000_WEIGHT = 253;

export function fixedFees(): FeeEstimator {
  return FeeEstimator.new_impl({
    get_est_sat_per_1000_weight: () => FEERATE_SAT_PER_1000_WEIGHT,
  });
}

export function broadcaster(chain: Chain): BroadcasterInterface {
  return BroadcasterInterface.new_impl({
    broadcast_transactions(txs: Uint8Array[]) {
      for (const tx of txs) chain.submit(tx);
    },
  });
}

/** LDK's log from this level up to stderr; by default none of it. */
export function logger(name: string, minLevel: number | undefined): Logger {
  const logger = Logger.new_impl({
    log(record: LogRecord) {
      if (minLevel === undefined || record.get_level() < minLevel) return;
      console.error(`[${name}] ${record.get_module_path()}: ${record.get_args()}`);
    },
  });
  if (minLevel === undefined) silence(logger);
  return logger;
}

// LDK logs thousands of lines a second; wrapping each in an object costs more than the payments.
function silence(logger: Logger): void {
  const { bindings_instance } = logger as unknown as {
    bindings_instance: { log(pointer: bigint): void };
  };
  bindings_instance.log = (pointer) => Record_free(pointer);
}

/** LDK's store over ours: its writes join the open transaction. */
export function kvStore(kv: KeyValues): KVStore {
  const done = Result_NoneIOErrorZ.constructor_ok();
  return KVStore.new_impl({
    read(space: string, subspace: string, key: string) {
      const value = kv.get(space, subspace, key);
      return value
        ? Result_CVec_u8ZIOErrorZ.constructor_ok(value)
        : Result_CVec_u8ZIOErrorZ.constructor_err(IOError.LDKIOError_NotFound);
    },
    write(space: string, subspace: string, key: string, value: Uint8Array) {
      kv.put(space, subspace, key, value);
      return done;
    },
    remove(space: string, subspace: string, key: string) {
      kv.delete(space, subspace, key);
      return done;
    },
    list: (space: string, subspace: string) =>
      Result_CVec_StrZIOErrorZ.constructor_ok(kv.list(space, subspace)),
  });
}
