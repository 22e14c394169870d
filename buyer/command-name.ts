/** How the command was called, so that what it suggests can be typed as it is. */
export const COMMAND = process.env.npm_command === 'exec' ? 'npx dazaar' : 'dazaar';
