// Waits for the wallet's answer, and goes on by itself.
const EVERY_MS = 1500;

const waiting = document.querySelector<HTMLElement>('[data-wallet-login]');
if (waiting) void wait(waiting);

async function wait(element: HTMLElement): Promise<void> {
  const said = element.querySelector<HTMLElement>('[data-said]')!;
  said.textContent = 'Waiting for your wallet…';
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const answer = await fetch('/v1/lnurl-auth').catch(() => null);
    if (!answer || answer.status === 429 || answer.status >= 500) continue;
    const body = await answer.json();
    if (body.state === 'logged-in') {
      said.textContent = 'Signed. One moment…';
      return location.assign(element.dataset.next || '/shelf');
    }
    if (answer.ok) continue;
    element.querySelector<HTMLElement>('[data-while-good]')!.hidden = true;
    said.textContent =
      body.code === 'no-wallet-login' ? 'This code is over. Ask for a new one below.' : body.detail;
    return;
  }
}
