import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import * as engineBindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

const SCHEMA_FILE = fileURLToPath(new URL('../../prisma/schema.prisma', import.meta.url));
const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const NO_FILTER = { externalTables: [], externalEnums: [] };

/**
 * Applies the migrations of prisma/migrations that the database lacks, as `prisma migrate deploy` does
 * (the same folder, the same `_prisma_migrations` table), with the schema engine as WebAssembly.
 *
 * @returns the names of the migrations applied now, oldest first
 * @throws when a migration fails; the ones before it stay applied
 */
export async function applyMigrations(databaseUrl: string): Promise<string[]> {
  return withEngine(databaseUrl, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: await readMigrations(),
      filters: NO_FILTER,
    });
    return appliedMigrationNames;
  });
}

/**
 * The SQL that takes a database from one Prisma schema to another; empty when they agree.
 *
 * @param databaseUrl any PostgreSQL: the engine asks it for its version and changes nothing
 */
export async function diffSchemas(databaseUrl: string, from: string, to: string): Promise<string> {
  const target = (content: string) =>
    content
      ? { tag: 'schemaDatamodel' as const, files: [{ path: 'schema.prisma', content }] }
      : { tag: 'empty' as const };
  return withEngine(databaseUrl, async (engine) => {
    const { stdout } = await engine.diff({
      from: target(from),
      to: target(to),
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    });
    return stdout?.includes('This is an empty migration') ? '' : (stdout ?? '');
  });
}

async function withEngine<T>(
  databaseUrl: string,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  await loadEngine();
  const schema = await readFile(SCHEMA_FILE, 'utf8');
  const pool = new pg.Pool({ connectionString: databaseUrl });
  try {
    const engine: SchemaEngine = await engineBindings.SchemaEngine.new(
      { datamodels: [['schema.prisma', schema]] },
      () => {},
      bindMigrationAwareSqlAdapterFactory(new WholeScriptPg(pool)),
    );
    const result = await use(engine);
    engine.free();
    return result;
  } finally {
    await pool.end();
  }
}

/** The stock adapter cuts a script at every semicolon, also inside a function's body; PostgreSQL takes it whole. */
class WholeScriptPg extends PrismaPg {
  override async connect() {
    const connection = await super.connect();
    connection.executeScript = async (script) => {
      await connection.underlyingDriver().query(script);
    };
    return connection;
  }
}

let engineLoaded: Promise<void> | undefined;

function loadEngine(): Promise<void> {
  engineLoaded ??= instantiateEngine();
  return engineLoaded;
}

async function instantiateEngine(): Promise<void> {
  const file = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = await readFile(file.replace('schema_engine.js', 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': engineBindings as unknown as WebAssembly.ModuleImports,
  });
  engineBindings.__wbg_set_wasm(instance.exports);
  (instance.exports as { __wbindgen_start?: () => void }).__wbindgen_start?.();
}

async function readMigrations() {
  const entries = await readdir(MIGRATIONS_DIR, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const migrationDirectories = await Promise.all(
    names.sort().map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: await readFile(join(MIGRATIONS_DIR, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  );
  const lockfile = await readFile(join(MIGRATIONS_DIR, 'migration_lock.toml'), 'utf8');
  return {
    baseDir: MIGRATIONS_DIR,
    lockfile: { path: 'migration_lock.toml', content: lockfile },
    migrationDirectories,
    shadowDbInitScript: '',
  };
}
