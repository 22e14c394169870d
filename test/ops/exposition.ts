/** What a process answers to Prometheus, read as Prometheus does. */
export interface Exposition {
  /** By name, what kind it is and what it is said to mean. */
  families: Map<string, { type: string; help: string }>;
  /** The value of a sample, such as `a_total{b="c"}` with its labels in any order; undefined where there is none. */
  value(sample: string): number | undefined;
  /** All samples of a name, histograms' parts by their own. */
  named(name: string): { labels: Record<string, string>; value: number }[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** Asks a process for its numbers. */
export async function scrape(opsUrl: string): Promise<Exposition> {
  const answer = await fetch(`${opsUrl}/metrics`);
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return read(await answer.text());
}

/** @throws when a line is none of the text format's */
export function read(text: string): Exposition {
  const families: Exposition['families'] = new Map();
  const samples: { name: string; labels: Record<string, string>; value: number }[] = [];
  for (const line of text.split('\n').filter(Boolean)) {
    const [, kind, family = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind) {
      const known = families.get(family) ?? { type: '', help: '' };
      families.set(family, { ...known, [kind.toLowerCase()]: rest });
      continue;
    }
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (!name) throw new Error(`not in the format: ${line}`);
    samples.push({ name, labels: labelsOf(labels), value: Number(value) });
  }
  const named = (name: string) => samples.filter((sample) => sample.name === name);
  return {
    families,
    named,
    value(sample) {
      const [, name = '', labels = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(sample) ?? [];
      const wanted = JSON.stringify(Object.entries(labelsOf(labels)).sort());
      const same = ({ labels }: { labels: object }) =>
        JSON.stringify(Object.entries(labels).sort()) === wanted;
      return named(name).find(same)?.value;
    },
  };
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(LABEL)].map(([, name, value]) => [name, value]));
}

const UNITS = ['seconds', 'bytes', 'msat'];
/** Numbers of things, whose unit is the things. */
const COUNTS =
  /_(total|blocks|jobs|invoices|orders|grants|seeders|peers|feeds|transactions|settlements|pending|overdue|height)$/;
const YES_OR_NO = /_(up|ready|synced|leader)$/;
const ABBREVIATED = /_(ms|sec|secs|millis|milliseconds|min|minutes|kb|mb|sats)(_|$)/;

/** What a linter would say: names in base units and at their end, counters as totals, help for each. */
export function lint({ families }: Exposition): string[] {
  return [...families].flatMap(([name, { type, help }]) => {
    const base = name.replace(/_total$/, '');
    const unit = UNITS.some((each) => base.endsWith(`_${each}`));
    return [
      ...(help ? [] : [`${name} has no help`]),
      ...(type === 'counter' && !name.endsWith('_total') ? [`${name} is no total`] : []),
      ...(type !== 'counter' && name.endsWith('_total') ? [`${name} is no counter`] : []),
      ...(unit || COUNTS.test(name) || YES_OR_NO.test(name) ? [] : [`${name} has no unit`]),
      ...(type === 'histogram' && !unit ? [`${name} has no base unit`] : []),
      ...(ABBREVIATED.test(name) ? [`${name} abbreviates its unit`] : []),
    ];
  });
}
