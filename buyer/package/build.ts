import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, type Metafile } from 'esbuild';
import packageJson from '../../package.json' with { type: 'json' };
import { bundleWithPinnedDependencies } from './bundle-dependency.ts';

const ROOT = join(import.meta.dirname, '../..');
// ln-service names versions of its own parts that are not to be had: what we run is packed with it.
const PACKED = 'ln-service';
const run = promisify(execFile);

/** Makes the package of the SDK and the command `dazaar` for whoever has not this repository. @returns its directory */
export async function buildPackage(directory = join(ROOT, 'dist/sdk')): Promise<string> {
  await rm(directory, { recursive: true, force: true });
  const lib = join(directory, 'lib');
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { index: 'buyer/index.ts', dazaar: 'buyer/bin.mjs' },
    outdir: lib,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    metafile: true,
    logLevel: 'warning',
  });
  await declare(join(directory, 'types'));
  await bundleWithPinnedDependencies(ROOT, directory, PACKED);
  await cp(join(ROOT, 'LICENSE'), join(directory, 'LICENSE'));
  await cp(join(ROOT, 'docs/sdk.md'), join(directory, 'README.md'));
  const content = await describe([...externalsOf(metafile), PACKED]);
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
  return directory;
}

async function declare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const options = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      incremental: false,
      tsBuildInfoFile: null,
      declaration: true,
      emitDeclarationOnly: true,
      stripInternal: true,
      rootDir: ROOT,
      outDir: directory,
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    include: [join(ROOT, 'buyer/index.ts'), join(ROOT, 'types/*.d.ts')],
  };
  const config = join(directory, 'tsconfig.json');
  await writeFile(config, JSON.stringify(options));
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', config]);
  await rm(config);
  await cp(join(ROOT, 'types/holepunch.d.ts'), join(directory, 'holepunch.d.ts'));
  const entry = `/// <reference path="./holepunch.d.ts" />\nexport * from './buyer/index.ts';\n`;
  await writeFile(join(directory, 'index.d.ts'), entry);
}

async function describe(used: readonly string[]) {
  const names = [...new Set(used)].sort();
  const versions = await Promise.all(names.map(async (name) => [name, await installed(name)]));
  return {
    name: 'dazaar',
    version: packageJson.version,
    description: 'Buy and read peer-to-peer data, paid over Lightning: SDK and command',
    license: packageJson.license,
    type: 'module',
    engines: { node: '>=24' },
    exports: { '.': { types: './types/index.d.ts', default: './lib/index.js' } },
    bin: { dazaar: './lib/dazaar.js' },
    files: ['lib', 'types'],
    dependencies: Object.fromEntries(versions),
    bundleDependencies: [PACKED],
  };
}

// The version that is tested here, to the digit.
async function installed(name: string): Promise<string> {
  const text = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return JSON.parse(text).version;
}

/** The names of the packages that the bundle leaves to be installed. */
function externalsOf({ outputs }: Metafile): string[] {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  return imports
    .filter(({ external, path }) => external && !path.startsWith('node:') && !isBuiltin(path))
    .map(({ path }) => nameOf(path));
}

function nameOf(path: string): string {
  const parts = path.split('/');
  return parts.slice(0, path.startsWith('@') ? 2 : 1).join('/');
}

const isBuiltin = (path: string) => process.getBuiltinModule(path) !== undefined;

if (import.meta.main) console.log(await buildPackage());
