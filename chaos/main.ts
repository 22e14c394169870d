import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions } from './options.ts';
import { table } from './report.ts';
import { run } from './run.ts';

const SHOWN = 40;

const options = readOptions(process.argv.slice(2));
const logDir = join(tmpdir(), `dazaar-chaos-${options.seed}-${process.pid}`);
console.log(
  `seed ${options.seed}: npm run chaos -- --seed ${options.seed} makes the same plan again`,
);
console.log(`logs in ${logDir}`);

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
const { figures, violations } = await run(options, logDir, console.log, stop.signal).catch(
  (error: Error) => {
    console.error(stop.signal.aborted ? 'stopped; nothing was judged' : error);
    process.exit(2);
  },
);

console.log(`\n${table(figures)}\n`);
for (const { rule, kind, what } of violations.slice(0, SHOWN))
  console.log(`${rule} ${kind}: ${what}`);
if (violations.length > SHOWN) console.log(`and ${violations.length - SHOWN} more`);
if (violations.length > 0) console.log(`what every process said is kept in ${logDir}`);
else rmSync(logDir, { recursive: true, force: true });
console.log(JSON.stringify(figures));
process.exit(violations.length > 0 ? 1 : 0);
