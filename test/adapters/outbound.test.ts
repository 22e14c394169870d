import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  BlockList,
  createServer as createTcpServer,
  isIP,
  type Socket,
} from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { generate } from 'selfsigned';
import { openOutbound } from '../../adapters/outbound/outbound.ts';
import type { OutboundResult } from '../../ports/outbound.ts';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const QUICK = { connectMs: 500, totalMs: 1_000 };

describe('A33 a call to a URL that somebody else chose', () => {
  let touched = 0;
  let server: Server;
  let port: number;
  before(async () => {
    server = createServer((_req, res) => res.end('inside'));
    server.on('connection', () => touched++);
    port = await listen(server, '0.0.0.0');
  });
  after(() => server.close());

  const HIDDEN = [
    '127.0.0.1',
    '127.8.9.10',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::127.0.0.1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[4000::1]',
  ];

  for (const host of HIDDEN) {
    it(`is not made to ${host}, written so or resolved to it`, async () => {
      const url = `https://${host}:${port}/`;
      const outbound = openOutbound({
        resolve: async () => [new URL(url).hostname.replace(/[[\]]/g, '')],
      });
      assert.equal((await outbound.send({ method: 'GET', url })).outcome, 'forbidden');
      assert.notEqual(outbound.objection(url), null);
      const named = { method: 'GET' as const, url: `https://webhooks.example:${port}/` };
      assert.equal((await outbound.send(named)).outcome, 'forbidden');
      assert.equal(touched, 0);
    });
  }

  it('is not made when only one of the addresses is hidden', async () => {
    const outbound = openOutbound({ resolve: async () => ['93.184.216.34', '127.0.0.1'] });
    const result = await outbound.send({ method: 'GET', url: `https://both.example:${port}/` });
    assert.equal(result.outcome, 'forbidden');
    assert.equal(touched, 0);
  });

  it('does not tell which hidden address a name has', async () => {
    const outbound = openOutbound({ resolve: async () => ['10.1.2.3'] });
    const result = await outbound.send({ method: 'GET', url: 'https://intern.example/' });
    assert.doesNotMatch(JSON.stringify(result), /10\.1\.2\.3/);
  });

  it('goes to no address but public ones, whatever the resolver says', () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(fc.ipV4(), fc.ipV6()), async (address) => {
        const outbound = openOutbound({
          resolve: async () => [address],
          limits: { connectMs: 1, totalMs: 5 },
        });
        const url = 'https://any.example:65535/';
        const { outcome } = await outbound.send({ method: 'GET', url });
        if (isSurelyHidden(address)) assert.equal(outcome, 'forbidden');
      }),
      { numRuns: 500, examples: [['::1.0.0.0'], ['2002:a00:1::']] },
    ));

  it('goes to the address that was checked, though the name means another a moment later', async () => {
    let asked = 0;
    const hosts: string[] = [];
    const other = createServer((req, res) => {
      hosts.push(`${req.headers.host}`);
      res.end('outside');
    });
    const otherPort = await listen(other, '127.0.0.2');
    const outbound = openOutbound({
      allow: ['127.0.0.2/32'],
      resolve: async () => (asked++ === 0 ? ['127.0.0.2'] : ['127.0.0.1']),
    });
    const request = { method: 'GET' as const, url: `http://rebinding.example:${otherPort}/` };
    assert.equal(textOf(await outbound.send(request)), 'outside');
    assert.equal(asked, 1, 'nobody asks between the check and the use');
    assert.deepEqual(hosts, [`rebinding.example:${otherPort}`]);
    assert.equal((await outbound.send(request)).outcome, 'forbidden');
    assert.equal(touched, 0);
    other.close();
  });

  it('does not follow a redirect', async () => {
    const redirecting = createServer((_req, res) => {
      res.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end();
    });
    const outbound = openOutbound({ allow: ['127.0.0.2/32'] });
    const url = `http://127.0.0.2:${await listen(redirecting, '127.0.0.2')}/`;
    const result = await outbound.send({ method: 'POST', url, body: '{}' });
    assert.equal(result.outcome === 'answered' && result.status, 307);
    assert.equal(touched, 0);
    redirecting.close();
  });

  for (const url of [
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'https://user@example.com/',
    'https://user:password@example.com/',
    'https://example.com:22/',
    'https://example.com:6/',
    'no url',
    `https://example.com/${'a'.repeat(2_048)}`,
  ]) {
    it(`is not made to ${url.slice(0, 60)}`, async () => {
      const outbound = openOutbound({ resolve: async () => ['93.184.216.34'] });
      assert.notEqual(outbound.objection(url), null);
      assert.equal((await outbound.send({ method: 'GET', url })).outcome, 'forbidden');
    });
  }

  it('goes through no proxy of the environment', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      NODE_USE_ENV_PROXY: '1',
      http_proxy: `http://127.0.0.1:${port}`,
      https_proxy: `http://127.0.0.1:${port}`,
    });
    try {
      const answering = createServer((_req, res) => res.end('directly'));
      const url = `http://127.0.0.2:${await listen(answering, '127.0.0.2')}/`;
      const outbound = openOutbound({ allow: ['127.0.0.2/32'] });
      assert.equal(textOf(await outbound.send({ method: 'GET', url })), 'directly');
      answering.close();
      assert.equal(touched, 0);
    } finally {
      process.env = before;
    }
  });

  it('trusts no certificate that the machine does not trust, and one that it does for its own name only', async () => {
    const { private: key, cert } = await generate(
      [{ name: 'commonName', value: 'hooks.example' }],
      {
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'hooks.example' }] }],
      },
    );
    const secure = createTlsServer({ key, cert }, (_req, res) => res.end('secret'));
    const securePort = await listen(secure, '127.0.0.1');
    const outbound = openOutbound({ allow: LOOPBACK, resolve: async () => ['127.0.0.1'] });
    const url = `https://hooks.example:${securePort}/`;
    assert.equal((await outbound.send({ method: 'GET', url })).outcome, 'broken');
    setDefaultCACertificates([...getCACertificates(), cert]);
    assert.equal(textOf(await outbound.send({ method: 'GET', url })), 'secret');
    const elsewhere = `https://other.example:${securePort}/`;
    assert.equal((await outbound.send({ method: 'GET', url: elsewhere })).outcome, 'broken');
    secure.close();
  });
});

describe('A34 a call', () => {
  const outbound = openOutbound({ allow: LOOPBACK, limits: QUICK });

  it('reads 64 KiB of an endless body, and ends it', async () => {
    let gone = false;
    await using url = await serve((socket) => {
      socket.on('close', () => {
        gone = true;
      });
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = () => {
        if (!socket.destroyed) socket.write('x'.repeat(16_384), more);
      };
      more();
    });
    const result = await outbound.send({ method: 'GET', url: url.href });
    assert.ok(result.outcome === 'answered' && result.truncated);
    assert.equal(result.body.length, 64 * 1024);
    await sleep(50);
    assert.ok(gone);
  });

  it('unpacks nothing', async () => {
    const packed = gzipSync(Buffer.alloc(10_000_000));
    const server = createServer((_req, res) => {
      res.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    });
    const url = `http://127.0.0.1:${await listen(server, '127.0.0.1')}/`;
    const result = await outbound.send({ method: 'GET', url });
    assert.ok(result.outcome === 'answered' && result.body.equals(packed));
    server.close();
  });

  it('breaks off at huge headers', async () => {
    await using url = await serve((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\nbody`);
    });
    assert.equal((await outbound.send({ method: 'GET', url: url.href })).outcome, 'broken');
  });

  it('breaks off at what is no HTTP, or asks for another protocol', async () => {
    for (const answer of [
      'SSH-2.0-OpenSSH\r\n',
      'HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    ]) {
      await using url = await serve((socket) => socket.write(answer));
      assert.equal((await outbound.send({ method: 'GET', url: url.href })).outcome, 'broken');
    }
  });

  const drips: [string, string, string][] = [
    ['headers that drip', 'HTTP/1.1 200 OK\r\nX-Slow: ', 'x'],
    ['a body that drips', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', 'x'],
    [
      'interim answers without end',
      'HTTP/1.1 102 Processing\r\n\r\n',
      'HTTP/1.1 102 Processing\r\n\r\n',
    ],
    ['silence', '', ''],
  ];
  for (const [name, first, drop] of drips) {
    it(`is given up in time over ${name}`, async () => {
      await using url = await serve(async (socket) => {
        socket.write(first);
        while (!socket.destroyed) {
          await sleep(20);
          socket.write(drop);
        }
      });
      const startedAtMs = performance.now();
      const result = await outbound.send({ method: 'GET', url: url.href });
      assert.equal(result.outcome, 'timeout');
      assert.ok(performance.now() - startedAtMs < 2 * QUICK.totalMs);
    });
  }

  it('is given up in time over a handshake that never ends', async () => {
    await using url = await serve(() => {});
    const startedAtMs = performance.now();
    const { outcome } = await outbound.send({
      method: 'GET',
      url: url.href.replace('http', 'https'),
    });
    assert.equal(outcome, 'timeout');
    assert.ok(performance.now() - startedAtMs < QUICK.totalMs);
  });

  it('is given up in time over a resolver that hangs', async () => {
    const hanging = openOutbound({ resolve: () => new Promise(() => {}), limits: QUICK });
    const { outcome } = await hanging.send({ method: 'GET', url: 'https://slow.example/' });
    assert.equal(outcome, 'timeout');
  });

  it('finds this machine by the name that every machine has for itself', async () => {
    const server = createServer((_req, res) => res.end('here'));
    const port = await listen(server, '127.0.0.1');
    const url = `http://localhost:${port}/`;
    assert.equal(textOf(await outbound.send({ method: 'GET', url })), 'here');
    const strict = openOutbound();
    const { outcome } = await strict.send({ method: 'GET', url: url.replace('http', 'https') });
    assert.equal(outcome, 'forbidden');
    server.close();
  });

  it('says so when the host has no address, or nobody listens', async () => {
    const nowhere = openOutbound({ resolve: () => Promise.reject(new Error('ENOTFOUND')) });
    const unknown = await nowhere.send({ method: 'GET', url: 'https://nowhere.example/' });
    assert.equal(unknown.outcome, 'unresolved');
    const closed = await serve(() => {});
    await closed[Symbol.asyncDispose]();
    assert.equal((await outbound.send({ method: 'GET', url: closed.href })).outcome, 'broken');
  });
});

/** By the registries of special addresses, in other words than the product's. */
function isSurelyHidden(address: string): boolean {
  const hidden = new BlockList();
  for (const range of ['0.0.0.0/8', '10.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3']) {
    const [net = '', bits] = range.split('/');
    hidden.addSubnet(net, Number(bits), 'ipv4');
  }
  if (isIP(address) === 4) return hidden.check(address);
  const everywhere = new BlockList();
  everywhere.addSubnet('2000::', 3, 'ipv6');
  const tunnels = new BlockList();
  tunnels.addSubnet('2002::', 16, 'ipv6');
  return !everywhere.check(address, 'ipv6') || tunnels.check(address, 'ipv6');
}

function textOf(result: OutboundResult): string {
  return result.outcome === 'answered'
    ? result.body.toString()
    : `${result.outcome}: ${result.detail}`;
}

async function listen(
  server: Server | ReturnType<typeof createTcpServer>,
  host: string,
): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server that answers as `onConnection` does, byte for byte, once the request has begun. */
async function serve(onConnection: (socket: Socket) => unknown) {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => onConnection(socket));
  });
  const href = `http://127.0.0.1:${await listen(server, '127.0.0.1')}/`;
  return {
    href,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
