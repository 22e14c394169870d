import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { attribute, type Content, type Html, html, jsonText, NOTHING } from '../../web/html.ts';

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const SPITEFUL = [
  ...['<', '>', '"', "'", '`', '&', '=', '/', ' ', '\0', '\n', '\r', '\t', '\f', '\\', '\u2028'],
  ...[
    '<script>',
    '</script>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '</title>',
    '</textarea>',
    '</p>',
  ],
  ...['<img src=x onerror=alert(1)>', '" onclick="alert(1)', "' autofocus onfocus='alert(1)"],
  ...['&lt;script&gt;', '&quot;', '&#x22;', '&colon;', '&Tab;', '<svg><style>', '<?xml', '${x'],
  ...['javascript:', 'JAVASCRIPT:', 'java\tscript:', 'vbscript:', 'data:text/html,', '//'],
];

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...SPITEFUL), fc.string({ unit: 'binary', maxLength: 5 })), {
    maxLength: 8,
  })
  .map((pieces) => pieces.join(''));

const everywhere = (
  text: string,
) => html`<!doctype html><html lang="en"><head><title>${text}</title>
<meta name="description" content="${text}"><script type="application/json">${jsonText({ text })}</script></head>
<body><article id="a" title="${text}" data-more="a ${text} b" ${attribute('lang', text)}>
<h2>${text}</h2><a href="${text}" class="k">to ${[text, html`<b>${text}</b>`]}</a>
<a href="/x?a=${text}&amp;b=${text}#c">x</a><a href="${text}${text}">y</a><img src="${text}" alt="">
<form action="${text}"><textarea name="t">
${text}</textarea><input value="${text}" ${attribute('required', true)}></form>
<p title="${html`<i>${text}</i>`}">end</p></article></body></html>`;

describe('markup with values in it', () => {
  it('has the elements and attributes of its template, whatever the values are', () => {
    const expected = skeleton(everywhere('x'));
    const shows = (text: string) => assert.equal(skeleton(everywhere(text)), expected);
    for (const text of SPITEFUL) shows(text);
    fc.assert(fc.property(hostile, shows), { numRuns: 2000 });
  });

  it('says what was put in, to the letter', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const tree = html`<p title="${text}" data-a="${text}">${text}</p><textarea>
${text}</textarea><script>${jsonText(text)}</script>`;
        const [p, area, script] = elements(tree).filter(({ tagName }) =>
          ['p', 'textarea', 'script'].includes(tagName),
        );
        const read = asParsed(text);
        const values = p!.attrs.map(({ value }) => value.replaceAll('\uFFFD', ''));
        assert.deepEqual(
          values,
          [read, read].map((one) => one.replaceAll('\uFFFD', '')),
        );
        assert.equal(textOf(p!).replaceAll('\uFFFD', ''), read.replaceAll('\uFFFD', ''));
        assert.equal(textOf(area!).replaceAll('\uFFFD', ''), read.replaceAll('\uFFFD', ''));
        assert.equal(JSON.parse(textOf(script!)), text);
      }),
    );
  });

  it('leads nowhere that runs something', () => {
    const scheme = fc.constantFrom('javascript', 'vbscript', 'data', 'file', 'blob', 'filesystem');
    const disguised = fc
      .tuple(
        fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\0', '\x1f', '\u00a0'), maxLength: 3 }),
        scheme,
        fc.infiniteStream(fc.constantFrom('', '', '', '\t', '\n', '\r', '\0', '&Tab;')),
        fc.infiniteStream(fc.boolean()),
        fc.constantFrom(':', '&colon;', '&#58;', '\t:', '%3a', ':\n'),
        fc.constantFrom('alert(1)', 'text/html,<script>alert(1)</script>', '//x/%0aalert(1)', ''),
      )
      .map(([before, name, between, upper, colon, rest]) => {
        const cased = [...name].map(
          (sign) => between.next().value + (upper.next().value ? sign.toUpperCase() : sign),
        );
        return before + cased.join('') + colon + rest;
      });
    fc.assert(
      fc.property(disguised, fc.nat(30), (text, cut) => {
        const [head, tail] = [text.slice(0, cut), text.slice(cut)];
        const links = html`<a href="${text}">1</a><a href="${head}${tail}">2</a><a href=" ${text}">3</a>
<a ${attribute('href', text)}>4</a><form action="${text}"></form><button formaction="${text}">5</button>
<iframe src="${text}"></iframe><object data="${text}"></object><a href="${html`${text}`}">6</a>`;
        for (const { attrs } of elements(links)) for (const { value } of attrs) assertTame(value);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps the addresses that are good', () => {
    for (const address of [
      ...[
        '/',
        '/a?b=c:d',
        '#x',
        '?a=javascript:b',
        'a/b:c',
        'https://x.example/?q=1',
        '//x.example',
      ],
      ...['mailto:a@b.example', 'lightning:lnbc1', 'LIGHTNING:LNBC1', 'HTTP://X.EXAMPLE'],
    ]) {
      assert.deepEqual(valuesOf(html`<a href="${address}">x</a>`), [address]);
    }
    const picture = 'data:image/png;base64,AA==';
    assert.deepEqual(valuesOf(html`<img src="${picture}">`), [picture]);
    assert.deepEqual(valuesOf(html`<a href="${picture}">x</a>`), ['#']);
    assert.deepEqual(valuesOf(html`<a href="/a/${'b'}/${'c"d'}#${1}">x</a>`), ['/a/b/c"d#1']);
  });

  it('leaves out what is nothing', () => {
    assert.equal(
      html`<p ${null} ${false} ${NOTHING}>${undefined}${null}${false}</p>`.text,
      '<p   ></p>',
    );
    assert.equal(html`<i>${0}${7n}${''}${[1, [2, 'a&b']]}</i>`.text, '<i>0712a&amp;b</i>');
    assert.equal(
      html`<input ${attribute('min', null)} ${attribute('max', 0)}>`.text,
      '<input  max="0">',
    );
  });
});

describe('what no escaping makes safe', () => {
  const x: Content = 'x';
  const misuses: [what: string, use: () => Html][] = [
    ['an element', () => html`<${x}>`],
    ['an end tag', () => html`<p></${x}>`],
    ['within an end tag', () => html`<p></p ${x}>`],
    ['an element’s name', () => html`<h${x}>`],
    ['a comment', () => html`<!-- ${x} -->`],
    ['an attribute without quotes', () => html`<a href=${x}>`],
    ['an attribute in apostrophes', () => html`<a href='${x}'>`],
    ['an attribute’s name', () => html`<a data-${x}="1">`],
    ['text for an attribute', () => html`<a ${x}>`],
    ['markup for an attribute', () => html`<a ${html`href="${x}"`}>`],
    ['two attributes as one', () => html`<a ${attribute('a', 1)}${attribute('b', 1)}>`],
    ['an attribute glued to another', () => html`<a title="href="${x}>`],
    ['a handler', () => html`<a onclick="${x}">`],
    ['a handler in capitals', () => html`<a ONCLICK="f(${x})">`],
    ['a style', () => html`<a style="color: ${x}">`],
    ['a document in an attribute', () => html`<iframe srcdoc="${x}"></iframe>`],
    ['a list of addresses', () => html`<img srcset="${x} 2x">`],
    ['a style sheet', () => html`<style>${x}</style>`],
    ['a script', () => html`<script>const x = ${x};</script>`],
    ['markup in a script', () => html`<script>${html`x`}</script>`],
    ['data without a script', () => html`<p>${jsonText(x)}</p>`],
    ['data in an attribute', () => html`<p title="${jsonText(x)}"></p>`],
    ['markup in a title', () => html`<title>${html`<b>x</b>`}</title>`],
    ['a tag that does not end', () => html`<a href="${x}"`],
    ['an attribute that does not end', () => html`<a href="${x}`],
    ['a script that does not end', () => html`<script>${jsonText(x)}`],
    ['a sign that begins no tag', () => html`1 < 2 ${x}`],
    ['a handler as an attribute', () => html`<a ${attribute('onclick', 'x')}>`],
    ['a style as an attribute', () => html`<a ${attribute('style', 'x')}>`],
    ['an attribute’s strange name', () => html`<a ${attribute('a b', 'x')}>`],
  ];
  for (const [what, use] of misuses) {
    it(`throws: ${what}`, () => assert.throws(use, TypeError));
  }

  it('is noticed whatever the value is', () => {
    const write = (value: Content) => html`<p>${value}<a onclick="${null}"></a></p>`;
    assert.throws(() => write(null), TypeError);
    assert.throws(() => write('x'), TypeError);
  });
});

function assertTame(address: string): void {
  const url = URL.parse(address, 'https://own.example/here');
  if (url) assert.match(url.protocol, /^(https?|mailto|lightning):$/, address);
}

/** What a parser makes of a text: line ends become one, NUL is dropped or replaced. */
function asParsed(text: string): string {
  return text.replace(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD');
}

function skeleton(markup: Html): string {
  return elements(markup)
    .map(({ tagName, attrs }) => [tagName, ...attrs.map(({ name }) => name)].join(' '))
    .join('\n');
}

function valuesOf(markup: Html): string[] {
  return elements(markup).flatMap(({ attrs }) => attrs.map(({ value }) => value));
}

function elements(markup: Html): Element[] {
  const within = (nodes: Node[]): Element[] =>
    nodes.flatMap((node) => ('tagName' in node ? [node, ...within(node.childNodes)] : []));
  return within(parse(markup.text).childNodes);
}

function textOf(element: Element): string {
  return element.childNodes.map((node) => ('value' in node ? node.value : '')).join('');
}
