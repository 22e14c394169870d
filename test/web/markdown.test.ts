import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderMarkdown } from '../../web/parts/markdown.ts';

const LONGEST = 20_000;
const SLOWEST_MS = 2_000;

const text = (source: string) => renderMarkdown(source).text;

test('headings follow the page’s, and none is left out on the way down', () => {
  const levels = [...text('## A\n#### B\n# C\n###### D\n').matchAll(/<h(\d)>/g)].map(([, n]) => n);
  assert.deepEqual(levels, ['3', '4', '3', '4']);
  assert.match(renderMarkdown('# A', 2).text, /<h2>A<\/h2>/);
});

test('markup, scripts and addresses that run or stay here are text', () => {
  for (const source of [
    '<script>x</script>',
    '<img src=x onerror=x>',
    '[a](javascript:x)',
    '[a](JAVASCRIPT&colon;x)',
    '[a](java\tscript:x)',
    '[a](data:text/html,x)',
    '[a](vbscript:x)',
    '[a](/logout)',
    '[a](//evil.example)',
    '<javascript:x>',
    '![a](data:image/svg+xml,x)',
    '[a]: javascript:x\n\n[a]',
    '<!-- --><b onclick=x>',
  ]) {
    assert.doesNotMatch(text(source), /<(?!\/?p>|br>)/, source);
  }
});

test('links lead out without a word of where from, and pictures are links', () => {
  const rel = 'rel="nofollow ugc noopener"';
  assert.match(text('[a](https://example.org/ "b")'), new RegExp(`<a [^>]*${rel}>a</a>`));
  assert.match(text('https://example.org/x'), new RegExp(`<a [^>]*${rel}>`));
  assert.equal(
    text('![b"<](https://example.org/p.png)'),
    `<p><a ${rel} href="https://example.org/p.png">b&quot;&lt;</a> <span class="quiet">(picture)</span></p>\n`,
  );
  const linked = text('[![b](https://example.org/p.png)](https://example.org)');
  assert.equal(linked.match(/<a /g)?.length, 1);
});

test('tables and code can be scrolled by keyboard, and no style stands in an attribute', () => {
  const table = text('|a|b|\n|-|-:|\n|1|2|\n');
  assert.match(table, /tabindex="0" role="region"/);
  assert.match(table, /<td class="number">2<\/td>/);
  assert.doesNotMatch(table, /style=/);
  assert.match(
    text('```"><script>\n<b>\n```'),
    /^<pre tabindex="0"><code>&lt;b&gt;\n<\/code><\/pre>/,
  );
});

test('the longest texts that mean the most work take bounded time and give bounded markup', () => {
  const endless = ['[', '![', '[a](', '> ', '>', '*a ', '**a', '*a_', '`a', '[]', '[[]', '![[]()'];
  endless.push('- ', '1. ', '&', '<a@', 'http://', 'https://a.b/(', 'http://a.b/?[', '|\n', '[a]:');
  endless.push('\\', '<!--', '```\n', '[a]: b\n', '> > 1. - ', '~~a', '"', '[a](b "');
  const texts = endless.map((part) => part.repeat(LONGEST).slice(0, LONGEST));
  texts.push(`|a|\n|-|\n${'|\n'.repeat(9_990)}`);
  texts.push(`${'|a'.repeat(3_300)}\n${'|-'.repeat(3_300)}\n${'|\n'.repeat(3_000)}`);
  texts.push(Array.from({ length: 190 }, (_, depth) => `${'>'.repeat(depth)}a\n`).join(''));
  for (const source of texts) {
    const startMs = performance.now();
    const { length } = text(source);
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < SLOWEST_MS, `${JSON.stringify(source.slice(0, 12))}: ${tookMs} ms`);
    assert.ok(length < 300_000, `${JSON.stringify(source.slice(0, 12))}: ${length} characters`);
  }
});
