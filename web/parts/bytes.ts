const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** `1.2 MB`: decimal units (IEC 80000-13). */
export function bytes(count: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(count, 1)) / 3));
  const value = count / 1000 ** power;
  return `${value.toLocaleString('en', { maximumFractionDigits: power === 0 ? 0 : 1 })} ${UNITS[power]}`;
}
