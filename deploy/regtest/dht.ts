// A DHT of its own, for play without the internet: peers find each other through it, and only in these networks.
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import createTestnet from 'hyperdht/testnet.js';
import { run } from '../../boot/run.ts';

const NODES = 4;
const PORT = 49_737;

await run(async () => {
  // Nodes are known by their address, so a name does not do.
  const { address: host } = await lookup(hostname(), 4);
  const testnet = await createTestnet(NODES, { host, port: PORT });
  console.log(`DHT at ${host}:${PORT}`);
  return () => testnet.destroy();
});
