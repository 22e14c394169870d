// A password can be looked at while it is typed.
for (const input of document.querySelectorAll<HTMLInputElement>('input[type=password]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'link reveal';
  button.textContent = 'Show';
  button.setAttribute('aria-label', 'Show the password');
  button.setAttribute('aria-pressed', 'false');
  button.addEventListener('click', () => show(input.type === 'password'));
  // Hidden again before it goes: browsers keep what was typed in a plain field.
  input.form?.addEventListener('submit', () => show(false));
  input.before(button);

  function show(isShown: boolean): void {
    input.type = isShown ? 'text' : 'password';
    button.textContent = isShown ? 'Hide' : 'Show';
    button.setAttribute('aria-pressed', String(isShown));
  }
}
