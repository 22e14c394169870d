import { describe } from 'node:test';
import { withoutLnd } from '../lnd/binaries.ts';
import { startLndContractPlace } from '../lnd/contract-place.ts';
import { lightningContract } from './contract.ts';

describe('Lightning as LND does it', { skip: withoutLnd }, () =>
  lightningContract(startLndContractPlace),
);
