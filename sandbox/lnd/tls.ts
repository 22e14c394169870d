import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../replace-file.ts';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;

export interface TlsFiles {
  certPath: string;
  cert: Buffer;
  key: Buffer;
}

/** The directory's certificate for localhost, made at the first call. */
export async function tlsFiles(dir: string): Promise<TlsFiles> {
  const certPath = join(dir, 'tls.cert');
  const keyPath = join(dir, 'tls.key');
  const saved = read(certPath, keyPath);
  if (saved) return { certPath, ...saved };
  // Needed once a directory, and slow to load.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + TEN_YEARS_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  // The key first: a certificate without its key is made again, a pair is kept.
  replaceFile(keyPath, made.private);
  replaceFile(certPath, made.cert);
  return { certPath, cert: Buffer.from(made.cert), key: Buffer.from(made.private) };
}

function read(certPath: string, keyPath: string): { cert: Buffer; key: Buffer } | undefined {
  try {
    return { cert: readFileSync(certPath), key: readFileSync(keyPath) };
  } catch {
    return undefined;
  }
}
