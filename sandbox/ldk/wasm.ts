import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { initializeWasmFromBinary } from 'lightningdevkit';

let loading: Promise<void> | undefined;

/** Loads LDK's WebAssembly once a process. */
export function loadLdk(): Promise<void> {
  loading ??= initialize();
  return loading;
}

async function initialize(): Promise<void> {
  const path = fileURLToPath(import.meta.resolve('lightningdevkit/liblightningjs.wasm'));
  const binary = new Uint8Array(await readFile(path));
  const log = console.log;
  // The bindings greet on stdout, which belongs to whoever started the daemon.
  console.log = () => {};
  try {
    await initializeWasmFromBinary(binary);
  } finally {
    console.log = log;
  }
}
