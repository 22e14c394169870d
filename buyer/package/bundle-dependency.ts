import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

interface Manifest {
  version: string;
  dependencies?: Record<string, string>;
  [more: string]: unknown;
}

/**
 * Copies an installed package with all that it needs below another package, at the versions that are installed, which the
 * copies are made to ask for.
 */
export async function bundleWithPinnedDependencies(
  root: string,
  directory: string,
  name: string,
): Promise<void> {
  const copied = new Set<string>();
  const copy = async (from: string): Promise<string> => {
    const manifest = await manifestOf(from);
    if (copied.has(from)) return manifest.version;
    copied.add(from);
    const to = join(directory, relative(root, from));
    await cp(from, to, { recursive: true, filter: (path) => !isNested(from, path) });
    const pinned: Record<string, string> = {};
    for (const each of Object.keys(manifest.dependencies ?? {})) {
      // Declarations are of no use to who runs it.
      if (each.startsWith('@types/')) continue;
      pinned[each] = await copy(locate(each, from));
    }
    const content = { ...manifest, dependencies: pinned };
    await writeFile(join(to, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
    return manifest.version;
  };
  await copy(locate(name, root));
}

/** Where Node finds a package from another one. */
function locate(name: string, from: string): string {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (directory === dirname(directory)) throw new Error(`${name} is not installed`);
  }
}

async function manifestOf(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
}

function isNested(from: string, path: string): boolean {
  return relative(from, path).split('/')[0] === 'node_modules';
}
