/** Ctrl-C ends what runs in good order; a second one ends the process. */
export function interruption() {
  const controller = new AbortController();
  const abort = () => {
    release();
    controller.abort();
  };
  const release = () => {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  };
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  return { signal: controller.signal, release };
}

/** Resolves on Ctrl-C. */
export async function untilInterrupted(): Promise<void> {
  const { signal } = interruption();
  // A signal's listener keeps no process alive.
  const timer = setInterval(() => undefined, 60_000);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  clearInterval(timer);
}
