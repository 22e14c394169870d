// Preloaded into every test and whatever it starts: what Node warns of ends the process, and so fails the test.
const STRICT = new Set(['DeprecationWarning', 'MaxListenersExceededWarning']);

process.on('warning', (warning) => {
  if (STRICT.has(warning.name)) throw warning;
});
