import type { Listing } from '../../../contract/index.ts';
import type { ListingView } from './view.ts';

type Kind = Listing['feed']['kind'];

/** A program that reads a feed from the market's seeders with a key that has access. */
export function pullProgram({ listing, swarm }: ListingView): string {
  const { slug, feed } = listing;
  const cores = coresOf(feed);
  const topic = first(cores).name;
  const main = feed.kind === 'autobase' ? 'view' : topic;
  const isPrivate = swarm.bootstrap.length > 0;
  return `import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import Corestore from 'corestore';
${IMPORT[feed.kind]}${isPrivate ? "import DHT from 'hyperdht';\n" : ''}import Hyperswarm from 'hyperswarm';

// The key that has access: the command made it.
const home = process.env.DAZAAR_HOME ?? \`\${homedir()}/.dazaar\`;
const { seed } = JSON.parse(await readFile(\`\${home}/identity.json\`, 'utf8'));
const swarm = new Hyperswarm({ seed: Buffer.from(seed, 'hex')${isPrivate ? `, dht: ${dht(swarm)}` : ''} });
const store = new Corestore('./${slug}');
${cores.map(core).join('\n')}
swarm.on('connection', (connection) => {
${cores.map(({ name }) => `  ${name}.replicate(connection);`).join('\n')}
});
${swarm.seeders.map((key) => `swarm.joinPeer(Buffer.from('${key}', 'hex'));`).join('\n')}
swarm.join(${topic}.discoveryKey, { client: true, server: false });

// The length comes with the first seeder that lets the key in.
if (${main}.length === 0) await new Promise((resolve) => ${main}.once('append', resolve));
${READ[feed.kind]}
await swarm.destroy();
await store.close();`;
}

const IMPORT: Record<Kind, string> = {
  hypercore: '',
  hyperbee: "import Hyperbee from 'hyperbee';\n",
  hyperdrive: "import Hyperdrive from 'hyperdrive';\n",
  autobase: '',
};

const READ: Record<Kind, string> = {
  hypercore: `for (let i = 0; i < data.length; i++) console.log(String(await data.get(i)));`,
  hyperbee: `const bee = new Hyperbee(data, { keyEncoding: 'utf-8', valueEncoding: 'json' });
for await (const { key, value } of bee.createReadStream()) console.log(key, value);`,
  hyperdrive: `const drive = new Hyperdrive(store, files.key);
for await (const { key, value } of drive.entries()) console.log(key, value.blob?.byteLength);`,
  autobase: `// What the writers' blocks come to. Where it is a Hyperbee: new Hyperbee(view, …).
for (let i = 0; i < view.length; i++) console.log(String(await view.get(i)));`,
};

interface NamedCore {
  name: string;
  key: string;
}

// Of an Autobase the program reads the first view; it is found by the bootstrap.
function coresOf({ kind, cores }: Listing['feed']): NamedCore[] {
  if (kind !== 'autobase') return cores.map(({ role, key }) => ({ name: role, key }));
  return cores.flatMap(({ role, key }) => {
    if (role === 'data') return [{ name: 'bootstrap', key }];
    return role === 'view-0' ? [{ name: 'view', key }] : [];
  });
}

function first(cores: NamedCore[]): NamedCore {
  return cores.find(({ name }) => name !== 'blobs') ?? cores[0]!;
}

function core({ name, key }: NamedCore): string {
  return `const ${name} = store.get({ key: Buffer.from('${key}', 'hex') });
await ${name}.ready();`;
}

function dht({ bootstrap }: ListingView['swarm']): string {
  const isLocal = bootstrap.every(({ host }) => host === '127.0.0.1');
  const nodes = JSON.stringify(bootstrap.map(({ host, port }) => ({ host, port })));
  return `new DHT({ bootstrap: ${nodes}${isLocal ? ", host: '127.0.0.1'" : ''} })`;
}
