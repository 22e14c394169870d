import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readConfig, VARIABLES } from '../../boot/config.ts';

const text = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

test('.env.example names exactly what can be set, each once and below a word about it', async () => {
  const lines = (await text('.env.example')).split('\n');
  const names = lines.flatMap((line, i) => {
    const [, name] = /^([A-Z][A-Z0-9_]*)=/.exec(line) ?? [];
    if (name) assert.match(lines[i - 1] ?? '', /^# /, `${name} has no comment above it`);
    return name ?? [];
  });
  assert.deepEqual(names.toSorted(), sorted(VARIABLES));
});

test('.env.example says the defaults', async () => {
  const env = Object.fromEntries(
    (await text('.env.example')).split('\n').flatMap((line) => {
      const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
      return name ? [[name, value]] : [];
    }),
  );
  const { DATABASE_URL, LIGHTNING_NETWORK } = env;
  assert.deepEqual(readConfig(env), readConfig({ DATABASE_URL, LIGHTNING_NETWORK }));
});

test("README's table names exactly what can be set", async () => {
  const rows = (await text('README.md')).matchAll(/^\| (`[A-Z][A-Z0-9_]+`.*?) \|/gm);
  const names = [...rows].flatMap(([, first]) =>
    [...first!.matchAll(/`([A-Z0-9_]+)`/g)].map(([, name]) => name!),
  );
  assert.deepEqual(sorted(names), sorted(VARIABLES));
  assert.equal(names.length, VARIABLES.length, 'each stands there once');
});
