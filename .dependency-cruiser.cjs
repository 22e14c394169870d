// Who may import whom. Everything that is not allowed here is forbidden.
const folders = [
  'domain',
  'contract',
  'protocol',
  'ports',
  'flow',
  'adapters',
  'boot',
  'client',
  'deploy',
  'http',
  'ops',
  'server',
  'workers',
  'seeder',
  'web',
  'buyer',
  'sandbox',
  'all-in-one',
  'sell',
];

const arrows = {
  domain: [],
  client: ['contract'],
  contract: ['domain'],
  protocol: ['domain'],
  ports: ['domain'],
  flow: ['ports', 'protocol', 'domain'],
  adapters: ['ports', 'domain'],
  boot: ['adapters', 'ports', 'domain'],
  http: ['contract', 'ports', 'domain'],
  ops: ['boot', 'flow', 'http', 'adapters', 'ports', 'domain'],
  server: ['boot', 'ops', 'flow', 'http', 'web', 'contract', 'protocol', 'ports', 'domain'],
  workers: ['boot', 'ops', 'flow', 'ports', 'contract', 'protocol', 'domain'],
  seeder: ['boot', 'ops', 'flow', 'http', 'contract', 'protocol', 'ports', 'domain'],
  web: ['contract', 'domain'],
  buyer: ['client', 'contract', 'protocol', 'domain'],
  deploy: ['boot', 'adapters', 'server'],
  sandbox: [],
  sell: [
    'all-in-one',
    'boot',
    'flow',
    'adapters',
    'server',
    'client',
    'contract',
    'protocol',
    'domain',
    'buyer',
  ],
};

/** The generated client is the database's shape; those who hold no data have no use for it. */
const withoutPrisma = [
  'domain',
  'contract',
  'protocol',
  'ports',
  'http',
  'web',
  'buyer',
  'sandbox',
];

module.exports = {
  forbidden: [
    ...Object.entries(arrows).map(([from, to]) => ({
      name: `${from}-imports`,
      comment: `${from} may import ${to.join(', ') || 'nothing of ours'}`,
      severity: 'error',
      from: { path: `^${from}/` },
      to: {
        path: `^(${folders.filter((name) => name !== from && !to.includes(name)).join('|')})/`,
      },
    })),
    {
      name: 'no-prisma',
      severity: 'error',
      from: { path: `^(${withoutPrisma.join('|')})/` },
      to: { path: '^prisma/' },
    },
    {
      name: 'no-vendor-beyond-adapters',
      comment:
        'the SDKs of Lightning, queue and database live in adapters (a buyer brings a wallet of its own)',
      severity: 'error',
      from: { path: '^(domain|contract|protocol|ports|flow|boot|http|server|workers|seeder)/' },
      to: { path: 'node_modules/(ln-service|lightning|bullmq|ioredis|pg|rate-limiter-flexible)/' },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^domain/' },
      to: { dependencyTypes: ['npm', 'core'] },
    },
    {
      name: 'product-knows-no-tests',
      severity: 'error',
      from: { path: `^(${folders.join('|')}|prisma)/` },
      to: { path: '^(test|bench)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^prisma/client|^client/generated' },
    exclude: { path: '^(node_modules|dist|\\.dazaar)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
