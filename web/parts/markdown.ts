import MarkdownIt, { type Token } from 'markdown-it';
import { Html, html } from '../html.ts';

/** Quotes and lists in one another, deeper than which the text stands as it was typed. */
const MAX_NESTING = 20;
// A table of few signs can mean very many cells.
const MAX_OUTPUT = 250_000;
const MAX_COLUMNS = 60;
const MAX_KEPT = 100;
const LOWEST_HEADING = 6;
const LINK_REL = 'nofollow ugc noopener';
const LEADS_OUT = /^(https?:\/\/|mailto:)/i;

type Markdown = InstanceType<typeof MarkdownIt>;

const codeBlock = (tokens: Token[], at: number) =>
  html`<pre tabindex="0"><code>${tokens[at]!.content}</code></pre>
`.text;

const rules: Markdown['renderer']['rules'] = {
  // A picture would be fetched from somebody else, who then knows who reads this: it is a link to one.
  image(tokens, at) {
    const { content, meta } = tokens[at]!;
    const name = content || 'picture';
    if (meta?.isInLink) return html`${name}`.text;
    const address = String(tokens[at]!.attrGet('src') ?? '');
    return html`<a rel="${LINK_REL}" href="${address}">${name}</a> <span class="quiet">(picture)</span>`
      .text;
  },
  fence: codeBlock,
  code_block: codeBlock,
  table_open: () => '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>\n',
  table_close: () => '</table></div>\n',
};

const markdown = openMarkdown();
const withoutTables = openMarkdown().disable('table');

const kept = new Map<string, Html>();

/**
 * What a seller wrote, as markup that can do no harm: no HTML of his own, no pictures, and links that lead to `http`,
 * `https` and `mailto` only. Takes bounded time, and is kept for the next visitor.
 *
 * @param firstHeading the level of his highest headings: one below the heading that the text stands under
 */
export function renderMarkdown(text: string, firstHeading = 3): Html {
  const name = `${firstHeading}${text}`;
  const known = kept.get(name);
  const rendered = known ?? render(text, firstHeading);
  // The one that was asked for longest ago stands first, and goes.
  kept.delete(name);
  kept.set(name, rendered);
  if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
  return rendered;
}

function render(text: string, firstHeading: number): Html {
  const isWide = text.split('\n').some((line) => line.split('|').length > MAX_COLUMNS);
  const rendered = (isWide ? withoutTables : markdown).render(text, { firstHeading });
  if (rendered.length <= MAX_OUTPUT) return new Html(rendered);
  return html`<pre tabindex="0">${text}</pre>`;
}

function openMarkdown(): Markdown {
  const opened = new MarkdownIt({ html: false, linkify: true, maxNesting: MAX_NESTING } as object);
  opened.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  opened.validateLink = (address) => LEADS_OUT.test(address.trim());
  Object.assign(opened.renderer.rules, rules);
  opened.core.ruler.push('fit-into-page', ({ tokens, env }) => {
    shiftHeadings(tokens, (env as { firstHeading: number }).firstHeading);
    for (const token of tokens) {
      if (token.type === 'th_open' || token.type === 'td_open') alignByClass(token);
      if (token.children) prepareLinks(token.children);
    }
  });
  return opened;
}

/** Levels start where the page has come to, and none is left out on the way down. */
function shiftHeadings(tokens: Token[], first: number): void {
  const headings = tokens.filter(({ type }) => type === 'heading_open' || type === 'heading_close');
  const highest = Math.min(...headings.map(({ tag }) => Number(tag[1])));
  let level = first - 1;
  for (const token of headings) {
    if (token.type === 'heading_open') {
      const wanted = Number(token.tag[1]) - highest + first;
      level = Math.min(wanted, level + 1, LOWEST_HEADING);
    }
    token.tag = `h${level}`;
  }
}

// The page's policy takes no style attributes.
function alignByClass(token: Token): void {
  const isRight = String(token.attrGet('style')).includes('right');
  token.attrs = isRight ? [['class', 'number']] : null;
}

function prepareLinks(tokens: Token[]): void {
  let depth = 0;
  for (const token of tokens) {
    if (token.type === 'link_open') {
      token.attrSet('rel', LINK_REL);
      depth += 1;
    }
    if (token.type === 'link_close') depth -= 1;
    if (token.type === 'image') token.meta = { isInLink: depth > 0 };
  }
}
