const SAID_MS = 2000;

/** Puts a button behind each `[data-copy]` that copies its text, or what the attribute says. */
export function copyButtons(root: ParentNode = document): void {
  if (!navigator.clipboard) return;
  for (const source of root.querySelectorAll<HTMLElement>('[data-copy]:not([data-copies])')) {
    source.dataset.copies = 'yes';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'second copy';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', `Copy ${source.dataset.copyName ?? ''}`.trim());
    button.addEventListener('click', async () => {
      const wrote = await navigator.clipboard
        .writeText(source.dataset.copy || (source.textContent ?? ''))
        .then(
          () => 'Copied',
          () => 'Not allowed',
        );
      button.textContent = wrote;
      setTimeout(() => {
        button.textContent = 'Copy';
      }, SAID_MS);
    });
    source.after(button);
  }
}
