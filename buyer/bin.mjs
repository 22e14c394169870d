#!/usr/bin/env node
// Plain JavaScript, so that an old Node can still say what is wrong.
import { existsSync } from 'node:fs';

const NEEDED = 24;
const [major] = process.versions.node.split('.').map(Number);
if (major < NEEDED) {
  process.stderr.write(
    `dazaar: needs Node ${NEEDED} or newer, this is ${process.versions.node}; see https://nodejs.org\n`,
  );
  process.exit(1);
}
// Deprecations in the libraries beneath are for their authors, not for who buys data.
process.noDeprecation = true;
// So is what they write to the console: what the command says goes to its streams.
if (!process.env.DAZAAR_DEBUG) console.error = console.warn = console.log = () => undefined;
const { main } = await import('./main.ts');
// A buyer is whole without what sellers run, and may be installed so.
const sellers = new URL('../sell/commands.ts', import.meta.url);
const { addSellerCommands } = existsSync(sellers) ? await import(sellers.href) : {};
await main(process.argv, addSellerCommands);
