import { describe } from 'node:test';
import { startSandboxPlace } from '../support/stack.ts';
import { testMacaroons } from './macaroons.ts';

describe("macaroons of the sandbox's node", () => testMacaroons(startSandboxPlace));
