import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenApiDocument } from '../../contract/openapi/document.ts';

const VERSION = '4.32.5';
const INSTALL_MS = 240_000;
const CACHE = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const HOME = join(CACHE, 'dazaar', `schemathesis-${VERSION}`);
const PROGRAM = join(HOME, 'bin', 'schemathesis');

/** False when the fuzzer is there, or why it is not and how to get it: for node's `skip`. */
export const withoutSchemathesis: string | false = install();

export interface Fuzzing {
  document: OpenApiDocument;
  url: string;
  operationIds: string[];
  headers: Record<string, string>;
  /** Operations whose input has rules beyond what a schema can say. */
  ruled: string[];
  /** Values that exist, by parameter: they are tried beside made-up ones. */
  known: Record<string, string[]>;
  maxExamples: number;
  /** The same requests each time, as far as ids allow. */
  isRepeatable: boolean;
  /** What a stranger is answered with: 402 where access is sold at the door. */
  sellsAtTheDoor?: boolean;
}

/** Fuzzes operations of a document at an address; says what was found, or nothing. */
export async function fuzz(fuzzing: Fuzzing): Promise<{ failed: boolean; report: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'dazaar-fuzz-'));
  try {
    const { document, operationIds, url, headers, maxExamples } = fuzzing;
    await writeFile(join(dir, 'openapi.json'), JSON.stringify(document));
    await writeFile(join(dir, 'schemathesis.toml'), configOf(fuzzing));
    const child = spawn(
      PROGRAM,
      [
        ...['--config-file', join(dir, 'schemathesis.toml')],
        ...['run', join(dir, 'openapi.json'), '--url', url],
        ...operationIds.flatMap((id) => ['--include-operation-id', id]),
        ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}:${value}`]),
        ...['--phases', 'examples,coverage,fuzzing', '--checks', 'all'],
        ...(fuzzing.sellsAtTheDoor ? ['--exclude-checks', 'ignored_auth'] : []),
        ...['--max-examples', String(maxExamples), '--request-timeout', '15', '--workers', '1'],
        ...(fuzzing.isRepeatable ? ['--seed', '1', '--generation-deterministic'] : []),
        ...['--warnings', 'off', '--no-shrink', '--continue-on-failure'],
      ],
      { cwd: dir, env: { ...process.env, NO_COLOR: '1', COLUMNS: '160' } },
    );
    let report = '';
    child.stdout.on('data', (chunk) => {
      report += chunk;
    });
    child.stderr.on('data', (chunk) => {
      report += chunk;
    });
    const [code] = await once(child, 'exit');
    return { failed: code !== 0, report };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const MAY_REFUSE = '"2xx", 304, 401, 402, 403, 404, 406, 409, 410, 412, 416, 422, 428, 429, 503';

// Input that keeps to the schema may be refused by the business, but not as input.
function configOf({ known, ruled }: Fuzzing): string {
  const dictionaries = Object.entries(known).map(
    ([name, values]) => `[dictionaries."${name}"]\nvalues = ${JSON.stringify(values)}\n`,
  );
  const bindings = Object.keys(known).map(
    (name) => `"${name}" = { dictionary = "${name}", probability = 0.6 }`,
  );
  return `
[generation]
with-security-parameters = false
database = "none"
[checks.positive_data_acceptance]
expected-statuses = [${MAY_REFUSE}]
[checks.negative_data_rejection]
expected-statuses = ["4xx"]
[parameters]
${bindings.join('\n')}
${dictionaries.join('\n')}
${ruled.map(toleranceOf).join('\n')}`;
}

function toleranceOf(operationId: string): string {
  return `[[operations]]
include-operation-id = "${operationId}"
[operations.checks.positive_data_acceptance]
expected-statuses = [${MAY_REFUSE}, 400]
`;
}

function install(): string | false {
  if (existsSync(PROGRAM)) return false;
  const how = `the fuzz run needs python3 with venv and schemathesis ${VERSION} from PyPI; with them it is installed into ${HOME}`;
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', HOME]],
    [join(HOME, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`]],
  ];
  for (const [program, args] of steps) {
    const done = spawnSync(program, args, { timeout: INSTALL_MS, encoding: 'utf8' });
    if (done.status !== 0) return `${how} (${done.error?.message ?? done.stderr.slice(-300)})`;
  }
  return false;
}
