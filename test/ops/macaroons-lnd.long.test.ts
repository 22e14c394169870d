import { describe } from 'node:test';
import { withoutLnd } from '../lnd/binaries.ts';
import { startLndPlace } from '../lnd/place.ts';
import { testMacaroons } from './macaroons.ts';

describe('macaroons of a real LND', { skip: withoutLnd }, () => testMacaroons(startLndPlace));
