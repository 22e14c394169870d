const AHEAD = '1500px';

/** Draws a chart above each table that `figure()` of `web/parts/chart.ts` wrote, once it comes near the view. */
export function drawCharts(root: ParentNode = document): void {
  const near = new IntersectionObserver(
    async (entries) => {
      const seen = entries.filter(({ isIntersecting }) => isIntersecting);
      if (seen.length === 0) return;
      for (const { target } of seen) near.unobserve(target);
      nameLanguage();
      const { plot } = await import('./plot.ts');
      for (const { target } of seen) plot(target as HTMLElement);
    },
    { rootMargin: AHEAD },
  );
  for (const figure of root.querySelectorAll('figure[data-chart]')) near.observe(figure);
}

// uPlot hands the browser's language to Intl as it loads; that of a C locale, `en-US@posix`, would throw there.
function nameLanguage(): void {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
  }
}
