import type { Listen } from './context.ts';

/** Tells those who wait for one row that it has changed. All of a process share one LISTEN a channel. */
export interface Announcements {
  /** Calls `onChange` whenever `id` may have changed. The returned function ends that. */
  watch(id: string, onChange: () => void): () => void;
  close(): Promise<void>;
}

export async function openAnnouncements(listen: Listen, channel: string): Promise<Announcements> {
  const watchers = new Map<string, Set<() => void>>();

  const subscription = await listen(channel, (id) => {
    // An empty payload stands for notifications that were missed: anything may have changed.
    const sets = id ? [watchers.get(id) ?? []] : watchers.values();
    for (const set of sets) for (const onChange of set) onChange();
  });

  return {
    watch(id, onChange) {
      const set = watchers.get(id) ?? new Set();
      watchers.set(id, set.add(onChange));
      return () => {
        set.delete(onChange);
        if (set.size === 0 && watchers.get(id) === set) watchers.delete(id);
      };
    },
    close: () => subscription.close(),
  };
}
