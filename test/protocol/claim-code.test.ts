import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keyPairOfClaimCode, newClaimCode } from '../../protocol/claim-code.ts';

const secret = Buffer.alloc(32, 3);

describe('a claim code', () => {
  it('is eight groups of four characters that cannot be mistaken for one another', () => {
    assert.match(newClaimCode(secret, 'a'), /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){7}$/);
  });

  it('is the same for the same name, and another for another name or secret', () => {
    assert.equal(newClaimCode(secret, 'a'), newClaimCode(secret, 'a'));
    assert.notEqual(newClaimCode(secret, 'a'), newClaimCode(secret, 'b'));
    assert.notEqual(newClaimCode(secret, 'a'), newClaimCode(Buffer.alloc(32, 4), 'a'));
  });

  it('has one key pair, however it is written', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const code = newClaimCode(secret, name);
        const key = keyPairOfClaimCode(code)?.publicKey.toString('hex');
        assert.ok(key);
        const sloppy = code
          .toLowerCase()
          .replaceAll('-', ' ')
          .replaceAll('0', 'o')
          .replaceAll('1', 'l');
        assert.equal(keyPairOfClaimCode(sloppy)?.publicKey.toString('hex'), key);
        assert.equal(keyPairOfClaimCode(code.replaceAll('-', ''))?.publicKey.toString('hex'), key);
      }),
    );
  });

  it('tells that it was mistyped', () => {
    const code = newClaimCode(secret, 'a');
    const slips = [...code].flatMap((character, at) => {
      if (character === '-') return [];
      const other = character === 'Z' ? 'Y' : 'Z';
      return [code.slice(0, at) + other + code.slice(at + 1)];
    });
    for (const slip of slips) assert.equal(keyPairOfClaimCode(slip), null, slip);
    for (const wrong of [
      '',
      'x',
      code.slice(1),
      `${code}0`,
      code.replace('-', '_'),
      '€'.repeat(32),
    ]) {
      assert.equal(keyPairOfClaimCode(wrong), null, wrong);
    }
  });
});
