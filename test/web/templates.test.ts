import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { placesIn } from '../../web/template.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

it('every template of the site has its values where they are safe, shown or not', async () => {
  const faults: string[] = [];
  let count = 0;
  for await (const path of glob(['web/**/*.ts', 'server/**/*.ts'], { cwd: ROOT })) {
    for (const { parts, line } of templatesIn(path, await readFile(ROOT + path, 'utf8'))) {
      count++;
      try {
        placesIn(parts);
      } catch (error) {
        faults.push(`${path}:${line}: ${(error as Error).message}`);
      }
    }
  }
  assert.ok(count > 50, `${count} templates`);
  assert.deepEqual(faults, []);
});

interface Template {
  parts: string[];
  line: number;
}

function templatesIn(path: string, source: string): Template[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest);
  const found: Template[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText(file) === 'html') {
      const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
      found.push({ parts: partsOf(node.template), line });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function partsOf(template: ts.TemplateLiteral): string[] {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return [template.text];
  return [template.head.text, ...template.templateSpans.map(({ literal }) => literal.text)];
}
