import { COMMAND } from '../command-name.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { linkOf } from '../key-proof.ts';
import { knownIdentity } from '../own-identity.ts';
import { duration } from '../terminal/amounts.ts';

/** Gets a code that tells the buyer's key to a browser, where what it bought can then be read. */
export async function link(context: Context): Promise<void> {
  const { client, console } = context;
  const identity = await knownIdentity(context);
  if (!identity) throw noKey();
  const { code, buyerKey, url, expiresAtMs, nowMs } = await client.keyCode(
    await linkOf(client, identity),
  );
  console.data({ buyerKey, code, url, expiresAtMs });
  console.line(
    `Your code: ${console.style.bold(code)}, for one browser within ${duration(expiresAtMs - nowMs)}`,
  );
  console.line(`Type it at ${url}`);
  console.line('Whoever types this code into a browser can read there what your key bought.');
}

const noKey = () =>
  new Failure(EXIT.noAccess, 'no-key', 'you have no key yet', `${COMMAND} buy makes one`);
