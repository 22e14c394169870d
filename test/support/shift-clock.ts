// Preloaded into a program under test: its host's clock is wrong by CLOCK_AHEAD_MS. Timers and performance.now, which
// are monotonic, go on as they do when a machine's clock is set wrong.
const aheadMs = Number(process.env.CLOCK_AHEAD_MS);
const RightDate = Date;

class WrongDate extends RightDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(RightDate.now() + aheadMs);
    else super(...(args as [string]));
  }

  static override now(): number {
    return RightDate.now() + aheadMs;
  }
}

globalThis.Date = WrongDate as DateConstructor;
