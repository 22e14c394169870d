import packageJson from '../../package.json' with { type: 'json' };

/** Who speaks, for the seeders' logs. */
export const AGENT = `dazaar/${packageJson.version}`;
