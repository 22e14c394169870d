import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { fixedRates } from '../../adapters/rates/fixed.ts';
import { httpRates } from '../../adapters/rates/http.ts';
import { rateOfBitcoinPrice } from '../../domain/exchange.ts';
import { refreshRates } from '../../flow/refresh-rates.ts';
import { createDatabase } from '../support/database.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/rates?key=secret`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a source of rates', () => {
  it('over HTTP tells currencies by what a bitcoin costs, and is named by its host only', async () => {
    const told =
      '{"EUR": 61234.5, "USD": "65000.01", "BTC": 1, "GBP": 0, "CHF": null, "note": "x"}';
    await using server = await serve((_req, res) => res.end(told));
    const source = httpRates(server.url);
    assert.equal(source.name, new URL(server.url).host);
    assert.deepEqual(await source.fetch(), [
      { currency: 'EUR', perUnit: rateOfBitcoinPrice('61234.5') },
      { currency: 'USD', perUnit: rateOfBitcoinPrice('65000.01') },
    ]);
  });

  const faults: [string, RequestListener][] = [
    ['answers an error', (_req, res) => res.writeHead(500).end('{"EUR": 1}')],
    ['sends elsewhere', (_req, res) => res.writeHead(302, { location: 'http://127.0.0.1/' }).end()],
    ['tells no JSON', (_req, res) => res.end('<html>')],
    ['tells no rate', (_req, res) => res.end('{}')],
    ['tells null', (_req, res) => res.end('null')],
    ['never ends', (_req, res) => endless(res)],
  ];
  for (const [name, listener] of faults) {
    it(`over HTTP fails when the server ${name}`, async () => {
      await using server = await serve(listener);
      await assert.rejects(httpRates(server.url).fetch());
    });
  }

  it('that is fixed tells what was written down, and refuses what makes no sense', async () => {
    const rates = await fixedRates('EUR:60000, USD:65000.5').fetch();
    assert.deepEqual(
      rates.map(({ currency }) => currency),
      ['EUR', 'USD'],
    );
    for (const text of ['', 'EUR', 'EUR:', 'EUR:0', 'XXX:1', 'EUR:1,']) {
      assert.throws(() => fixedRates(text), RangeError, text);
    }
  });

  it('that fails leaves the rates as they were, to grow stale by themselves', async () => {
    await using db = await createDatabase();
    await refreshRates(db.prisma, fixedRates('EUR:60000,USD:65000'), 1_000);
    await using server = await serve((_req, res) => res.writeHead(503).end());
    await assert.rejects(refreshRates(db.prisma, httpRates(server.url), 1_000));
    await refreshRates(db.prisma, fixedRates('EUR:50000'), 2_000);
    const rows = await db.prisma.exchangeRate.findMany({ orderBy: { currency: 'asc' } });
    assert.deepEqual(
      rows.map((row) => [
        row.currency,
        row.msatPerUnit.toFixed(9),
        row.freshUntil.getTime() - row.asOf.getTime(),
      ]),
      [
        ['EUR', '2000000.000000000', 2_000],
        ['USD', '1538461.538461538', 1_000],
      ],
    );
  });
});

function endless(res: Parameters<RequestListener>[1]): void {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const more = () => {
    while (!res.destroyed && res.write(chunk));
  };
  res.on('drain', more);
  more();
}
