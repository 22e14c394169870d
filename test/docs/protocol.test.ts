import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { PROBLEMS } from '../../contract/problem-codes.ts';
import * as messages from '../../protocol/messages.ts';
import { seederAttestation } from '../../protocol/seeder-attestation.ts';

const text = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const NAMES = [
  'hello',
  'subscribe',
  'valid',
  'invalid',
  'expiring',
  'ask',
  'answer',
  'order',
  'message',
];
// What a seeder says beyond what the business refuses.
const OF_DESK = ['limited', 'unavailable', 'not-understood'];

describe('docs/protocol.md', () => {
  it('names every type by its number', () => {
    const rows = [...text.matchAll(/^\| (\d) \| `(\w+)` \|/gm)].map(([, n, name]) => [
      Number(n),
      name,
    ]);
    assert.deepEqual(
      rows,
      NAMES.map((name, number) => [number, name]),
    );
  });

  it('names every member of every message, and every question', () => {
    const { hello, subscribe, planOffer, valid, invalid, expiring, quote, orderState, message } =
      messages;
    const shapes = [
      hello,
      subscribe,
      planOffer,
      valid,
      invalid,
      expiring,
      quote,
      orderState,
      message,
    ];
    const members = [...shapes, seederAttestation].flatMap(({ shape }) => Object.keys(shape));
    const questions = messages.ask.options[0].options.flatMap(({ shape }) => [
      shape.what.value,
      ...Object.keys(shape),
    ]);
    const missing = [...members, ...questions].filter(
      (name) => !new RegExp(`\\b${name}\\b`).test(text),
    );
    assert.deepEqual(missing, []);
  });

  it('has the bounds that are kept', () => {
    const kib = (bytes: number) => `${bytes / 1024} KiB`;
    assert.ok(
      text.includes(
        `at most ${kib(messages.MAX_MESSAGE_BYTES)}; an \`answer\` ${kib(messages.MAX_ANSWER_BYTES)}`,
      ),
    );
    assert.ok(text.includes(`at most ${messages.MAX_DEPTH} levels`));
    assert.ok(text.includes(`any JSON up to ${kib(messages.MAX_BODY_BYTES)}`));
    assert.ok(text.includes(`\`${messages.PROTOCOL}\` is the version`));
    assert.ok(text.includes(`is ${messages.MINOR} here`));
  });

  it('names refusals that there are', () => {
    const [, table] = /### Refusals\n([^#]*)/.exec(text)!;
    const codes = [...table!.matchAll(/^\| ((?:`[a-z-]+`(?:, )?)+) \|/gm)]
      .flatMap(([, cell]) => cell!.split(', '))
      .map((code) => code.replaceAll('`', ''));
    assert.ok(codes.length > 15);
    const unknown = codes.filter((code) => !(code in PROBLEMS) && !OF_DESK.includes(code));
    assert.deepEqual(unknown, []);
  });
});
