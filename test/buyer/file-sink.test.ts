import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../buyer/failure.ts';
import { checkpointPath, readCheckpoint } from '../../buyer/pull/checkpoint.ts';
import { FileSink } from '../../buyer/pull/file-sink.ts';
import { PartFile } from '../../buyer/pull/part-file.ts';
import { resumeFrom, type Wanted } from '../../buyer/pull/resume.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const WANTED: Wanted = {
  listing: 'feed',
  coreKey: 'a'.repeat(64),
  format: 'ndjson',
  from: undefined,
  overwrite: false,
};
const block = (index: number) => Buffer.from(JSON.stringify({ index }));
const linesUpTo = (end: number, from = 0) =>
  Array.from({ length: end - from }, (_, i) => `${block(from + i)}\n`).join('');
const codeOf = (code: string) => (error: unknown) =>
  error instanceof Failure && error.code === code;

test('whatever a crash leaves after the checkpoint, the next run makes the file whole', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'out');
  const run = fc.record({
    blocks: fc.nat({ max: 20 }),
    garbage: fc.uint8Array({ maxLength: 40 }),
    closes: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 6 }), async (runs) => {
      await rm(path, { force: true });
      await rm(checkpointPath(path), { force: true });
      let written = 0;
      for (const { blocks, garbage, closes } of runs) {
        const sink = await FileSink.open(path, WANTED);
        assert.ok(sink.next <= written);
        const end = sink.next + blocks;
        while (sink.next < end) await sink.write([block(sink.next)]);
        written = Math.max(written, end);
        const earlier = await readFile(checkpointPath(path));
        await sink.close();
        if (closes) continue;
        // What a crash leaves: the checkpoint of an earlier moment, and anything at the end.
        await writeFile(checkpointPath(path), earlier);
        await appendFile(path, garbage);
      }
      const sink = await FileSink.open(path, WANTED);
      while (sink.next < written) await sink.write([block(sink.next)]);
      const end = sink.next;
      await sink.close();
      assert.equal(await readFile(path, 'utf8'), linesUpTo(end));
    }),
    { numRuns: 40 },
  );
});

test('a file that no pull wrote is left alone', async (t) => {
  const path = join(await temporaryDirectory(t), 'out');
  await writeFile(path, 'mine');
  await assert.rejects(FileSink.open(path, WANTED), codeOf('file-exists'));
  assert.equal(await readFile(path, 'utf8'), 'mine');
});

test('a file that was made shorter is not taken for whole', async (t) => {
  const path = join(await temporaryDirectory(t), 'out');
  const sink = await FileSink.open(path, WANTED);
  await sink.write([block(0), block(1)]);
  await sink.close();
  await truncate(path, 3);
  await assert.rejects(FileSink.open(path, WANTED), codeOf('file-cut'));
  const anew = await FileSink.open(path, { ...WANTED, overwrite: true });
  assert.equal(anew.next, 0);
  await anew.close();
});

test('a deleted file is begun anew, whatever its note says', async (t) => {
  const path = join(await temporaryDirectory(t), 'out');
  const sink = await FileSink.open(path, WANTED);
  await sink.write([block(0)]);
  await sink.close();
  await rm(path);
  const anew = await FileSink.open(path, WANTED);
  assert.equal(anew.next, 0);
  await anew.close();
  assert.equal((await readCheckpoint(path))?.bytes, 0);
});

test('another feed, format or range does not go into the same file', () => {
  const checkpoint = {
    version: 1,
    listing: 'feed',
    coreKey: WANTED.coreKey,
    format: 'ndjson',
    from: 10,
    next: 20,
    bytes: 100,
  } as const;
  const found = { fileBytes: 100, checkpoint };
  const refuses = (wanted: Partial<Wanted>, code: string) =>
    assert.throws(() => resumeFrom('f', { ...WANTED, ...wanted }, found), codeOf(code));
  refuses({ coreKey: 'b'.repeat(64) }, 'other-feed');
  refuses({ format: 'raw' }, 'other-format');
  refuses({ from: 0 }, 'other-range');
  refuses({ from: 15 }, 'other-range');
  for (const from of [undefined, 10, 20]) {
    assert.equal(resumeFrom('f', { ...WANTED, from }, found).next, 20);
  }
});

test('a block of several lines is written as one', async (t) => {
  const path = join(await temporaryDirectory(t), 'out');
  const sink = await FileSink.open(path, WANTED);
  await sink.write([Buffer.from('{\n  "a": 1\n}')]);
  await assert.rejects(sink.write([Buffer.from('no\njson')]), codeOf('not-json'));
  await sink.close();
  assert.equal(await readFile(path, 'utf8'), '{"a":1}\n');
});

test('what cannot be written leaves nothing behind that would be in the way of the next run', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'out');
  // Nothing can take the name of a directory with something in it.
  await mkdir(join(checkpointPath(path), 'something'), { recursive: true });
  await assert.rejects(FileSink.open(path, WANTED), codeOf('file-unusable'));
  assert.deepEqual(await readdir(directory), ['out.dazaar']);
  const part = await PartFile.open(join(directory, 'whole'), 'a purpose');
  await part.write(Buffer.from('what there was room for'), null);
  await part.close(false);
  assert.deepEqual(await readdir(directory), ['out.dazaar']);
});
