// npm run bench -- NAME [PART …]: runs one benchmark; its last line is one JSON object with its figures.
import { readdirSync } from 'node:fs';
import { globalSetup, globalTeardown } from '../test/support/cluster.ts';

type Bench = (parts: string[]) => Promise<Record<string, number>>;

const HELPERS = new Set(['run', 'figures']);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => !HELPERS.has(name));

const [name, ...parts] = process.argv.slice(2);
if (!name || !names.includes(name)) {
  console.error(`usage: npm run bench -- NAME, one of: ${names.join(', ')}`);
  process.exit(2);
}

await globalSetup();
let figures: Record<string, number>;
try {
  const bench: { default: Bench } = await import(`./${name}.ts`);
  figures = await bench.default(parts);
} finally {
  await globalTeardown();
}
console.log(JSON.stringify(figures));
process.exit(0);
