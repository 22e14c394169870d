/** What the process ends with; documented in `dazaar --help`. */
export const EXIT = {
  done: 0,
  fault: 1,
  usage: 2,
  noAccess: 3,
  accessEnded: 4,
  market: 5,
  noSeeder: 6,
  notPaid: 7,
  paymentPending: 8,
  local: 9,
  tooMany: 10,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The codes as a help text. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  unexpected fault
  2  wrong use: unknown option, listing or plan
  3  no access: buy it first
  4  access ended while pulling: buy more, then pull again
  5  the market does not answer, refuses, or answers nonsense
  6  no seeder reachable
  7  not paid: no money left the wallet
  8  payment under way or not yet confirmed: run the same command again, it does not pay twice
  9  a file or directory of yours is in the way
 10  other machines use your key, as many as your plan allows
130  interrupted`;
