import assert from 'node:assert/strict';
import { test } from 'node:test';
import Corestore from 'corestore';
import Hyperbee from 'hyperbee';
import { Node, YoloIndex } from 'hyperbee/lib/messages.js';
import { AutobaseReader, Unreadable } from '../../seeder/read-autobase.ts';
import { temporaryDirectory } from './loopback.ts';

test('an Autobase whose system core points to a block that is nowhere is unreadable, and not waited for', async () => {
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  try {
    const data = store.get({ name: 'data' });
    const system = store.get({ name: 'system' });
    await data.ready();
    await new Hyperbee(system, { keyEncoding: 'utf-8', valueEncoding: 'json' }).put('key', 'value');
    const index = YoloIndex.encode({ levels: [{ keys: [999_999], children: [] }] });
    await system.append(Node.encode({ key: Buffer.from('key'), value: null, index }));
    const cores = new Map([
      ['data', data],
      ['system', system],
    ]);
    await assert.rejects(new AutobaseReader().read(cores), Unreadable);
  } finally {
    await store.close();
  }
});
