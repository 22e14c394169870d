// node deploy/trim-modules.ts: takes from node_modules what this machine can never load. For images, not for checkouts.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const MODULES = 'node_modules';
const PLATFORM = `${process.platform}-${process.arch}`;
/** Prisma ships a compiler for each database it knows; ours is PostgreSQL. */
const PRISMA_RUNTIME = join(MODULES, '@prisma/client/runtime');
const OTHER_DATABASE = /^query_compiler_.*\.(cockroachdb|mysql|sqlite|sqlserver)\./;
const UNUSED_COMPILER = /^query_compiler_small_/;
/** Packages name it as an optional peer, for their types. */
const TYPES_ONLY = ['typescript'];

for (const prebuilds of findPrebuilds()) {
  removeFrom(prebuilds, (name) => name !== PLATFORM);
}
removeFrom(MODULES, (name) => TYPES_ONLY.includes(name));
removeFrom(PRISMA_RUNTIME, (name) => OTHER_DATABASE.test(name) || UNUSED_COMPILER.test(name));

/** The folders that hold a native part for each platform, such as `prebuilds/linux-x64`. */
function findPrebuilds(): string[] {
  return readdirSync(MODULES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name === 'prebuilds')
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((folder) => readdirSync(folder).includes(PLATFORM));
}

function removeFrom(folder: string, isUnused: (name: string) => boolean): void {
  for (const name of readdirSync(folder).filter(isUnused)) {
    rmSync(join(folder, name), { recursive: true });
  }
}
