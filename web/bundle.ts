import { readdir } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** A file for browsers. Its name changes with its content, so it may be kept for ever. */
export interface Asset {
  name: string;
  type: string;
  body: Buffer;
  gzip: Buffer;
  brotli: Buffer;
}

export interface Assets {
  /** By name. */
  files: ReadonlyMap<string, Asset>;
  /** The name that a bundle, such as `site.css` or `checkout.js`, has at present. */
  nameOf(bundle: string): string;
}

let bundled: Promise<Assets> | undefined;

/** Bundles styles and islands for browsers, in memory, once a process: there is no build step to forget. */
export function bundle(): Promise<Assets> {
  bundled ??= run();
  return bundled;
}

async function run(): Promise<Assets> {
  const islands = (await readdir(`${ROOT}islands`)).filter((name) => /^[\w-]+\.ts$/.test(name));
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['styles/site.css', ...islands.map((name) => `islands/${name}`)],
    outdir: '/assets',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome120', 'firefox121', 'safari17.2'],
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const files = await Promise.all(
    outputFiles.map(({ path, contents }) => asset(basename(path), Buffer.from(contents))),
  );
  const names = new Map<string, string>();
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (!entryPoint) continue;
    const name = basename(path);
    names.set(basename(entryPoint, extname(entryPoint)) + extname(name), name);
  }
  return {
    files: new Map(files.map((file) => [file.name, file])),
    nameOf(wanted) {
      const name = names.get(wanted);
      if (!name) throw new Error(`there is no bundle ${wanted}`);
      return name;
    },
  };
}

async function asset(name: string, body: Buffer): Promise<Asset> {
  const [zipped, brotli] = await Promise.all([
    promisify(gzip)(body, { level: 9 }),
    promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  ]);
  return { name, type: TYPES[extname(name)]!, body, gzip: zipped, brotli };
}
