import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Image, IS_ROOT } from './build-image.ts';
import type { Service } from './compose.ts';

const USER = 1000;
const POLL_MS = 250;
const HEALTHY_MS = 180_000;

/** What stands in for an engine: the names of services are addresses here, and volumes are directories. */
export interface Engine {
  images: Map<string, Image>;
  volumesDir: string;
  /** Where `NAME:PORT` of the compose file is on this machine. */
  addresses: Map<string, string>;
  /** What processes are told besides, such as free ports; by service. */
  more: (name: string) => Record<string, string>;
}

export interface Container {
  process: ChildProcess;
  /** All it has said. */
  output: () => string;
  /** Resolves with its code or signal. */
  ended: Promise<string>;
}

/** Runs a service as `docker compose up` would: its image, command, environment and user, in a file system not its own. */
export async function startService(
  engine: Engine,
  name: string,
  service: Service,
  args?: string[],
): Promise<Container> {
  const image = imageOf(engine, service);
  const given = { ...image.env, ...service.environment };
  const env = Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, placed(engine, service, value)]),
  );
  await makeVolumes(engine, service);
  const command = [...(service.entrypoint ?? []), ...(args ?? service.command ?? image.command)];
  return launch(
    image,
    command.map((word) => placed(engine, service, word)),
    { ...env, ...engine.more(name) },
  );
}

/** Resolves when the service's own health check says so. @throws when it never does */
export async function untilHealthy(
  engine: Engine,
  name: string,
  service: Service,
  container: Container,
): Promise<void> {
  const [kind, ...command] = service.healthcheck?.test ?? [];
  if (kind !== 'CMD') throw new Error(`${name} has no health check`);
  for (const giveUpAtMs = Date.now() + HEALTHY_MS; ; await sleep(POLL_MS)) {
    const check = await startService(engine, name, { ...service, entrypoint: [] }, command);
    if ((await check.ended) === '0') return;
    if (Date.now() > giveUpAtMs || container.process.exitCode !== null) {
      throw new Error(`${name} is not healthy: ${check.output()}\n${container.output()}`);
    }
  }
}

function imageOf({ images }: Engine, { build }: Service): Image {
  const image = images.get(build?.target ?? '');
  if (!image) throw new Error(`no image of ours: ${build?.target}`);
  return image;
}

function launch(image: Image, command: string[], env: Record<string, string>): Container {
  const [program = '', ...args] = command;
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: join(image.root, image.workdir),
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(IS_ROOT && { uid: USER, gid: USER }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => String(signal ?? code));
  return { process: child, output: () => output, ended };
}

async function makeVolumes(engine: Engine, service: Service): Promise<void> {
  for (const volume of service.volumes ?? []) {
    const dir = join(engine.volumesDir, volume.split(':')[0]!);
    await mkdir(dir, { recursive: true });
    await chmod(dir, 0o700);
    if (IS_ROOT) await chown(dir, USER, USER);
  }
}

/** A setting with the places of this machine for those of the compose file. */
function placed({ addresses, volumesDir }: Engine, service: Service, text: string): string {
  let here = text;
  for (const [there, address] of addresses) here = here.replaceAll(there, address);
  for (const volume of service.volumes ?? []) {
    const [source = '', target = ''] = volume.split(':');
    here = here.replace(new RegExp(`(?<=^|=)${target}(?=/|$)`, 'g'), join(volumesDir, source));
  }
  return here;
}
