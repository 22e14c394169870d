import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './build-image.ts';

export type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

/** A service as docker-compose.yml has it, anchors and variables filled in. */
export interface Service {
  image: string;
  build?: { context: string; target: string };
  profiles: string[];
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: Condition; required?: boolean }>;
  ports?: string[];
  volumes?: string[];
  networks?: string[];
  network_mode?: string;
  tmpfs: string[];
  user?: string;
  restart: string;
  read_only: boolean;
  cap_drop: string[];
  security_opt: string[];
  init?: boolean;
  stop_grace_period?: string;
  logging: { options: Record<string, string> };
}

export interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
  volumes: Record<string, null>;
}

type Environment = Record<string, string | undefined>;

const VARIABLE = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

/** What `docker compose config` makes of docker-compose.yml, as far as it is used here. */
export async function readCompose(env: Environment): Promise<Compose> {
  const text = await readFile(join(ROOT, 'docker-compose.yml'), 'utf8');
  const filledIn = (_key: string, value: unknown) =>
    typeof value === 'string' ? interpolate(value, env) : value;
  return JSON.parse(JSON.stringify(parse(text, { merge: true })), filledIn);
}

/** The services that `docker compose up` starts: those of the profiles that the environment names. */
export async function servicesOf(env: Environment): Promise<Record<string, Service>> {
  const { services } = await readCompose(env);
  const active = (env.COMPOSE_PROFILES ?? '').split(',');
  return Object.fromEntries(
    Object.entries(services).filter(([, { profiles }]) =>
      profiles.some((profile) => active.includes(profile)),
    ),
  );
}

/** The settings of an env file, such as deploy/regtest.env. */
export async function readEnvFile(path: string): Promise<Record<string, string>> {
  const lines = (await readFile(join(ROOT, path), 'utf8')).split('\n');
  const settings = lines.filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(
    settings.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** @throws when a variable that must be set is not */
function interpolate(text: string, env: Environment): string {
  return text.replaceAll(VARIABLE, (_, name, kind, word = '') => {
    const value = env[name];
    if (value) return value;
    if (kind === '?') throw new Error(`${name} is not set: ${word}`);
    return kind === '-' ? word : '';
  });
}
