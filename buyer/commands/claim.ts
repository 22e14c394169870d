import { keyPairOfClaimCode } from '../../protocol/claim-code.ts';
import { COMMAND } from '../command-name.ts';
import type { Context } from '../context.ts';
import { refuseUsage } from '../failure.ts';
import { ownIdentity } from '../own-identity.ts';
import { duration, localTime } from '../terminal/amounts.ts';

/** Moves what was bought with a claim code to the buyer's key. */
export async function claim(context: Context, claimCode: string): Promise<void> {
  const { client, console, settings } = context;
  if (!keyPairOfClaimCode(claimCode)) refuseUsage('the claim code has a typing error');
  const { buyerKey } = await ownIdentity(context);
  const grant = await client.claim({ claimCode, buyerKey });
  const { nowMs } = await client.market();
  console.data({ event: 'claimed', grant });
  const { listing, expiresAtMs } = grant;
  const until =
    expiresAtMs === null
      ? 'for ever'
      : `until ${localTime(expiresAtMs)} (${duration(expiresAtMs - nowMs)} left)`;
  console.line(console.style.green(`${listing} is yours ${until}.`));
  console.line(`Get it:  ${COMMAND} pull ${listing} --out ${listing}.ndjson${settings.repeated}`);
}
