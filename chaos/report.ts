import type { Stand } from './stand.ts';

const KILLS = ['server', 'workers', 'seeder', 'redis', 'postgres', 'node'];

/** A line for those who watch. */
export function progress({ witness, answers, parts, options }: Stand, startedAtMs: number): string {
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  const rss = parts.map((part) => `${part.name} ${part.weigh()}`).join(', ');
  const { violations, oddities } = witness;
  const aim = options.purchases === null ? '' : `/${options.purchases}`;
  return [
    `${seconds} s ${witness.phase}${begun(witness)}: ${witness.get('purchases')}${aim} purchases`,
    `${witness.get('faults')} faults`,
    `${witness.get('blocks appended')} blocks`,
    `${answers.counts.get('500') ?? 0} × 500`,
    `${violations.length} violations, ${oddities.length} oddities`,
    `MiB: ${rss}`,
  ].join('; ');
}

/** What visitors are about once no new ones come. */
function begun({ phase, doing }: Stand['witness']): string {
  return phase === 'trading' ? '' : ` [${[...doing.values()].join(', ')}]`;
}

/** The figures of a run, as one object. */
export function figuresOf(stand: Stand, healed: ReadonlyMap<string, number>, ranMs: number) {
  const { witness, answers, parts, options, stack } = stand;
  const { violations } = witness;
  const count = (kind: string) => violations.filter((each) => each.kind === kind).length;
  const delays = witness.purchases
    .filter(({ grantedAtMs, paidAtMs }) => grantedAtMs && paidAtMs)
    .map(({ grantedAtMs, paidAtMs }) => grantedAtMs! - paidAtMs!)
    .sort((a, b) => a - b);
  const at = (share: number) => delays[Math.floor(share * (delays.length - 1))] ?? 0;
  const sorted = (entries: Iterable<[string, number]>) => Object.fromEntries([...entries].sort());
  return {
    seed: options.seed,
    seconds: Math.round(ranMs / 1000),
    node: stack.lightning.network,
    queue: stack.redis ? 'redis' : 'postgres',
    purchases: witness.get('purchases'),
    faults: witness.get('faults'),
    kills: Object.fromEntries(KILLS.map((part) => [part, killsOf(stand, part)])),
    losses: count('loss'),
    doubles: count('double'),
    leaks: count('leak'),
    otherFaults: count('fault'),
    paidToGrantedMs: { p50: at(0.5), p99: at(0.99), max: delays.at(-1) ?? 0 },
    healedAfterMs: Math.max(0, ...healed.values()),
    processStarts: parts.reduce((sum, part) => sum + part.starts, 0),
    maxRssMib: Object.fromEntries(parts.map((part) => [part.name, part.maxRssMib])),
    answers: sorted(answers.counts),
    figures: sorted(witness.figures),
  };
}

/** How often a part was killed, alone or with all others. */
function killsOf({ witness, parts }: Stand, part: string): number {
  const many = parts.filter(({ program }) => program === part).length || 1;
  return witness.get(`fault: ${part} killed`) + many * witness.get('fault: all killed');
}

/** The same for people. */
export function table(figures: ReturnType<typeof figuresOf>): string {
  const lines: [string, string | number][] = [
    ['seed', figures.seed],
    ['ran', `${figures.seconds} s, ${figures.node}, jobs in ${figures.queue}`],
    ['purchases', figures.purchases],
    ['faults', figures.faults],
    ...Object.entries(figures.kills).map(([part, n]): [string, number] => [`  ${part} killed`, n]),
    ['losses', figures.losses],
    ['doubles', figures.doubles],
    ['blocks served without a grant', figures.leaks],
    ['other faults found', figures.otherFaults],
    [
      'paid to granted, p50 / p99 / max',
      `${Object.values(figures.paidToGrantedMs).join(' / ')} ms`,
    ],
    ['healed after the last fault within', `${figures.healedAfterMs} ms`],
  ];
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  return lines.map(([name, value]) => `${name.padEnd(width)}${value}`).join('\n');
}
