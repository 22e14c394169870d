import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, matchesGlob, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Instruction, readDockerfile, type Stage } from './dockerfile.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const IS_ROOT = process.getuid?.() === 0;
/** A path that begins at the root of the image, in the words of a shell. */
const ABSOLUTE = /(?<=\s)\/(?=[a-z])/g;

/** The files of an image, and what its processes are started with. */
export interface Image {
  /** What would be `/` in a container. */
  root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  command: string[];
}

/**
 * Does by hand what `docker build` does with our Dockerfile: the same instructions in the same order, each stage in a
 * directory of its own. What comes from beyond this machine is taken from the checkout: the base image is bare, and
 * `npm ci` links the packages that are installed here.
 */
export async function buildImages(dir: string): Promise<Map<string, Image>> {
  const images = new Map<string, Image>();
  const context = await readContext();
  const tools = await writeTools(join(dir, 'tools'));
  for (const stage of readDockerfile(await readFile(join(ROOT, 'Dockerfile'), 'utf8'))) {
    const root = join(dir, stage.name || 'last');
    images.set(stage.name, await buildStage({ stage, root, images, context, tools }));
  }
  return images;
}

interface Build {
  stage: Stage;
  root: string;
  images: Map<string, Image>;
  /** The files that .dockerignore lets through. */
  context: string[];
  tools: string;
}

async function buildStage(build: Build): Promise<Image> {
  const { stage, root, images } = build;
  await mkdir(root, { recursive: true });
  const base = images.get(stage.base);
  const image: Image = base
    ? { ...base, root, env: { ...base.env } }
    : { root, workdir: '/', env: {}, user: 'root', command: [] };
  if (base) execFileSync('cp', ['-al', `${base.root}/.`, root]);
  for (const instruction of stage.instructions) await follow(instruction, image, build);
  return image;
}

async function follow({ verb, flags, rest }: Instruction, image: Image, build: Build) {
  const inImage = (path: string) => join(image.root, posix.resolve(image.workdir, path));
  if (verb === 'WORKDIR') {
    image.workdir = rest;
    await mkdir(inImage('.'), { recursive: true });
  } else if (verb === 'ENV') {
    Object.assign(image.env, Object.fromEntries(rest.split(' ').map((pair) => pair.split('='))));
  } else if (verb === 'USER') {
    image.user = rest;
  } else if (verb === 'CMD') {
    image.command = JSON.parse(rest);
  } else if (verb === 'RUN') {
    run(rest, image, build.tools);
  } else if (verb === 'COPY') {
    const words = rest.split(' ');
    const to = inImage(words.at(-1)!);
    const into = words.length > 2 || words.at(-1)!.endsWith('/');
    for (const from of words.slice(0, -1)) {
      const source = build.images.get(flags.from ?? '');
      if (source) copyTree(join(source.root, from), to);
      else await copyContext(build.context, from, into ? join(to, posix.basename(from)) : to);
    }
  }
}

function run(command: string, image: Image, tools: string): void {
  const owned = IS_ROOT ? command : command.replaceAll(/-o 1000 -g 1000/g, '');
  execFileSync('sh', ['-euc', owned.replaceAll(ABSOLUTE, `${image.root}/`)], {
    cwd: join(image.root, image.workdir),
    env: { ...process.env, PATH: `${tools}:${process.env.PATH}`, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function copyTree(from: string, to: string): void {
  execFileSync('mkdir', ['-p', to]);
  execFileSync('cp', ['-al', '--remove-destination', `${from}/.`, to]);
}

async function copyContext(context: string[], from: string, to: string): Promise<void> {
  const prefix = from === '.' ? '' : `${from}/`;
  const files = context.filter((path) => path === from || path.startsWith(prefix));
  if (files.length === 0) throw new Error(`COPY ${from}: .dockerignore lets nothing of it through`);
  for (const path of files) {
    const target = path === from ? to : join(to, path.slice(prefix.length));
    await mkdir(dirname(target), { recursive: true });
    await cp(join(ROOT, path), target);
  }
}

/** The files of the checkout that the builder is sent: in .dockerignore the last pattern that fits decides. */
async function readContext(): Promise<string[]> {
  const patterns = (await readFile(join(ROOT, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  const files: string[] = [];
  for (const top of await readdir(ROOT)) {
    if (top === 'node_modules' || top.startsWith('.')) continue;
    const isFolder = (await stat(join(ROOT, top))).isDirectory();
    const below = isFolder ? await readdir(join(ROOT, top), { recursive: true }) : [];
    for (const path of isFolder ? below.map((name) => join(top, name)) : [top]) {
      if (isSent(path, patterns) && (await stat(join(ROOT, path))).isFile()) files.push(path);
    }
  }
  return files;
}

function isSent(path: string, patterns: string[]): boolean {
  const parts = path.split('/');
  const selfAndAbove = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const fits = (pattern: string) => selfAndAbove.some((each) => matchesGlob(each, pattern));
  const last = patterns.findLast((pattern) => fits(pattern.replace(/^!/, '')));
  return last === undefined || last.startsWith('!');
}

// What stands in for the world outside: packages that are installed here already, and Debian's.
async function writeTools(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  const tools = {
    'apt-get': 'exit 0',
    npm: `if [ "$1" = ci ]; then shift
  cp -al ${ROOT}node_modules . && rm node_modules/.package-lock.json
  cp ${ROOT}node_modules/.package-lock.json node_modules/
  set -- prune "$@"
fi
exec ${npm} "$@" --offline`,
  };
  for (const [name, body] of Object.entries(tools)) {
    await writeFile(join(dir, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(dir, name), 0o755);
  }
  return dir;
}
