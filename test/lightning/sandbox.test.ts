import { describe } from 'node:test';
import { lightningContract } from './contract.ts';
import { startSandboxPlace } from './sandbox-place.ts';

describe('Lightning as the sandbox does it', () => lightningContract(startSandboxPlace));
