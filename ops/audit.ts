// npm run audit: compares the books with themselves and with the node, and says what does not fit.
import { type Config, ConfigError, readConfig } from '../boot/config.ts';
import { openContext, openNode, openPayer } from '../boot/context.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { auditBooks, auditGrowth } from './audit/books.ts';
import type { Finding } from './audit/finding.ts';
import { auditNode, auditPayouts } from './audit/node.ts';

const SHOWN_ROWS = 20;

try {
  const config = readConfig({ LOG_LEVEL: 'silent', ...process.env });
  const { prisma, close } = openContext(config, 'audit');
  const findings = await audit(prisma, config).finally(close);
  for (const finding of findings) console.error(shown(finding));
  if (findings.length > 0) process.exit(1);
  console.log('The books are in order, and agree with the node.');
  process.exit(0);
} catch (error) {
  console.error(
    error instanceof ConfigError ? error.message : `not audited: ${(error as Error).message}`,
  );
  process.exit(2);
}

async function audit(prisma: PrismaClient, config: Config): Promise<Finding[]> {
  const payer = openPayer(config);
  return [
    ...(await auditBooks(prisma)),
    ...(await auditGrowth(prisma)),
    ...(await auditNode(prisma, openNode(config))),
    ...(payer ? await auditPayouts(prisma, payer) : []),
  ];
}

function shown({ rule, rows }: Finding): string {
  const lines = rows.slice(0, SHOWN_ROWS).map((row) => `  ${JSON.stringify(row, plain)}`);
  const more = rows.length > SHOWN_ROWS ? [`  and ${rows.length - SHOWN_ROWS} more`] : [];
  return [`It does not hold that ${rule}:`, ...lines, ...more].join('\n');
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
