// node deploy/healthy.ts: ends with 0 when the process of this container lives. For a HEALTHCHECK.
const PATIENCE_MS = 4_000;
const url = `http://127.0.0.1:${process.env.OPS_PORT}/healthz`;

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new Error(`it answers ${answer.status}`);
} catch (error) {
  console.error(`${url}: ${(error as Error).message}`);
  process.exit(1);
}
