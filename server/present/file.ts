import type { DriveFile } from '../../contract/index.ts';

interface File {
  path: string;
  size: number | bigint;
  sha256: Uint8Array;
  contentType: string;
  updatedAt: Date;
}

export function presentFile({ path, size, sha256, contentType, updatedAt }: File): DriveFile {
  return {
    path,
    size: Number(size),
    sha256: Buffer.from(sha256).toString('hex'),
    contentType,
    updatedAtMs: updatedAt.getTime(),
  };
}
