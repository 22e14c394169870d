let wanted = '';

/** Adds a field to each list of entries that leaves those whose key has the text. It keeps what is typed. */
export function filterEntries(): void {
  for (const figure of document.querySelectorAll<HTMLElement>('[data-entries]')) {
    if (figure.querySelector('.filter')) continue;
    const rows = [...figure.querySelectorAll<HTMLElement>('tbody tr')];
    const found = document.createElement('p');
    found.setAttribute('role', 'status');
    found.className = 'quiet';
    const input = document.createElement('input');
    input.type = 'search';
    input.value = wanted;
    const label = document.createElement('label');
    label.className = 'filter';
    label.append('Filter by key', input);
    const apply = () => {
      wanted = input.value;
      const part = wanted.toLowerCase();
      for (const row of rows) {
        row.hidden = !row.querySelector('th')!.textContent.toLowerCase().includes(part);
      }
      const left = rows.filter((row) => !row.hidden).length;
      found.textContent = part === '' ? '' : `${left} of ${rows.length} keys`;
    };
    input.addEventListener('input', apply);
    figure.querySelector('.scroll')?.before(label, found);
    if (wanted !== '') apply();
  }
}
