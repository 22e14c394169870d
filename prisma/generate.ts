import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Generating needs no engine, but the CLI fetches one unless this names a file that exists.
const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
const prisma = fileURLToPath(new URL('../node_modules/prisma/build/index.js', import.meta.url));

execFileSync(process.execPath, [prisma, 'generate', '--no-hints'], { stdio: 'inherit', env });
