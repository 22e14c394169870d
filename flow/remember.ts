const TIMES_AS_LONG = 20;
const AT_MOST_MS = 5_000;

interface Remembered<V> {
  value: Promise<V>;
  /** By the process's own clock; endless while it is being read. */
  untilMs: number;
}

/**
 * Reads something that is the same for all who ask, and remembers it twenty times as long as the reading took, five
 * seconds at most: what is read at once is as good as never old, and what takes long takes a twentieth of the time.
 */
export function remembering<K extends object, V>(
  read: (key: K) => Promise<V>,
): (key: K) => Promise<V> {
  const known = new WeakMap<K, Remembered<V>>();
  return (key) => {
    const startedAtMs = performance.now();
    const remembered = known.get(key);
    if (remembered && startedAtMs < remembered.untilMs) return remembered.value;
    const fresh: Remembered<V> = { value: read(key), untilMs: Number.POSITIVE_INFINITY };
    known.set(key, fresh);
    fresh.value.then(
      () => {
        const nowMs = performance.now();
        fresh.untilMs = nowMs + Math.min(TIMES_AS_LONG * (nowMs - startedAtMs), AT_MOST_MS);
      },
      () => known.delete(key),
    );
    return fresh.value;
  };
}
