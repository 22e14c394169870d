import type Hypercore from 'hypercore';

const waiting = new WeakMap<Hypercore, Set<() => void>>();

/** Calls `wake` at each append to the core, until the returned function is called; a core has one listener for all. */
export function onAppend(core: Hypercore, wake: () => void): () => void {
  const wakes = waiting.get(core) ?? listen(core);
  wakes.add(wake);
  return () => wakes.delete(wake);
}

function listen(core: Hypercore): Set<() => void> {
  const wakes = new Set<() => void>();
  waiting.set(core, wakes);
  core.on('append', () => {
    for (const wake of [...wakes]) wake();
  });
  return wakes;
}
