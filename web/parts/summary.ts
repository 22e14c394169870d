import MarkdownIt, { type Token } from 'markdown-it';

// Enough for a sentence, however long the text is that it begins.
const READ = 1_200;
const ENOUGH = 60;
const MOST = 220;

const markdown = new MarkdownIt({ html: false });
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/** What a text in Markdown begins with, a sentence or two of plain text. */
export function summary(text: string): string {
  let told = '';
  for (const { segment } of sentences.segment(firstParagraph(text.slice(0, READ)))) {
    if (told.length >= ENOUGH || told.length + segment.length > MOST) break;
    told += segment;
  }
  return told.trim() || cut(firstParagraph(text.slice(0, READ)));
}

function firstParagraph(text: string): string {
  const blocks = markdown.parse(text, {});
  const at = blocks.findIndex(({ type }) => type === 'paragraph_open');
  const paragraph = blocks[at + 1]?.children ?? [];
  return paragraph.map(plain).join('').replace(/\s+/g, ' ').trim();
}

function plain({ type, content }: Token): string {
  return type === 'softbreak' || type === 'hardbreak' ? ' ' : content;
}

function cut(text: string): string {
  if (text.length <= MOST) return text;
  return `${text
    .slice(0, MOST)
    .toWellFormed()
    .replace(/\s?\S*$/, '')} …`;
}
