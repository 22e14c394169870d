import { randomInt } from 'node:crypto';
import { nowS, sha256 } from '../bytes.ts';

const REGTEST_BITS = 0x207fffff;
const VERSION = 0x20000000;

/** An 80-byte block header with the current time. Nobody checks its proof of work. */
export function makeHeader(previous: Uint8Array, merkleRoot: Uint8Array): Uint8Array {
  const header = Buffer.alloc(80);
  header.writeUInt32LE(VERSION, 0);
  header.set(previous, 4);
  header.set(merkleRoot, 36);
  header.writeUInt32LE(nowS(), 68);
  header.writeUInt32LE(REGTEST_BITS, 72);
  header.writeUInt32LE(randomInt(2 ** 32), 76);
  return new Uint8Array(header);
}

export function blockHash(header: Uint8Array): Uint8Array {
  return sha256(sha256(header));
}

/** The time a header carries, epoch seconds. */
export function headerTimeS(header: Uint8Array): number {
  return Buffer.from(header).readUInt32LE(68);
}
