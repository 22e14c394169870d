import { spawnSync } from 'node:child_process';
import { accessSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE } from './binaries.ts';

// `npm run lnd:build`: builds lnd and btcd with Go's own tools, from the module proxy, into the cache.

const TOOLS = fileURLToPath(new URL('./tools', import.meta.url));
// Where Go's own installer puts it, which is not on everybody's PATH.
const PATH = `${process.env.PATH}:/usr/local/go/bin`;
// LND's release tags (make/release_flags.mk).
const RELEASE_TAGS = [
  'autopilotrpc signrpc walletrpc chainrpc invoicesrpc watchtowerrpc neutrinorpc monitoring peersrpc',
  'kvdb_postgres kvdb_etcd kvdb_sqlite',
].join(' ');
const PROGRAMS = {
  btcd: ['github.com/btcsuite/btcd'],
  lnd: [`-tags=${RELEASE_TAGS}`, 'github.com/lightningnetwork/lnd/cmd/lnd'],
};

if (go(['version']) !== 0) {
  console.error('go not found: install Go 1.25 or later, https://go.dev/doc/install');
  process.exit(1);
}
mkdirSync(CACHE, { recursive: true });
for (const [name, what] of Object.entries(PROGRAMS)) {
  const path = join(CACHE, name);
  if (isThere(path)) {
    console.log(`${path} is there`);
    continue;
  }
  console.log(`building ${name}: some minutes the first time`);
  // Renamed when it is whole: a build that is cut leaves nothing that looks like a program.
  const part = `${path}.${process.pid}`;
  const flags = ['-trimpath', '-mod=readonly', '-ldflags=-s -w -buildid='];
  if (go(['build', '-o', part, ...flags, ...what]) !== 0) process.exit(1);
  renameSync(part, path);
  console.log(path);
}

function go(args: string[]): number | null {
  const env = { ...process.env, PATH, CGO_ENABLED: '0' };
  return spawnSync('go', args, { cwd: TOOLS, env, stdio: 'inherit' }).status;
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
