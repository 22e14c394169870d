import { parse } from 'csv-parse/sync';
import type { Dataset } from './dataset.ts';
import type { Provenance } from './vega-package.ts';
import { provenanceOf, readDataFile } from './vega-package.ts';

const PREVIEW_BLOCKS = 5;
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/** A column of a CSV file: its header is the key in every block. */
export interface Column {
  name: string;
  type: 'string' | 'number' | 'integer';
  description: string;
  format?: 'date' | 'date-time';
  enum?: string[];
  /** An empty cell becomes null. */
  nullable?: true;
}

interface CsvSource {
  fileName: string;
  columns: readonly Column[];
  listing: Omit<Dataset['listing'], 'blockSchema' | 'licence' | 'sourceUrl'>;
}

/** A dataset of one block a row of a CSV file that the package ships, in the file's order. */
export function csvDataset({ fileName, columns, listing }: CsvSource): Dataset {
  const provenance = provenanceOf(fileName);
  return {
    listing: {
      ...listing,
      description: withProvenance(listing.description, provenance),
      licence: provenance.licence,
      sourceUrl: provenance.sourceUrl,
      preview: { from: 'last', blocks: PREVIEW_BLOCKS },
      blockSchema: schemaOf(columns),
    },
    blocks: () => csvBlocks(readDataFile(fileName), columns),
  };
}

/** The description with the paragraph that says where the data comes from. */
export function withProvenance(text: string, { sourceTitle, sourceUrl, shippedAs }: Provenance) {
  return `${text}\n\nSource: [${sourceTitle}](${sourceUrl}), as shipped in ${shippedAs}.\n`;
}

/**
 * The rows of a CSV text as JSON objects, keys in the columns' order.
 *
 * @throws Error when a header or a cell is not what its column declares.
 */
export function csvBlocks(text: string, columns: readonly Column[]): string[] {
  const [header, ...rows] = parse(text, { bom: true });
  const expected = columns.map((column) => column.name);
  if (header?.join() !== expected.join()) throw new Error(`unexpected CSV header: ${header}`);
  return rows.map((cells) => {
    const members = columns.map(
      (column, i) => `${JSON.stringify(column.name)}:${jsonValue(cells[i] ?? '', column)}`,
    );
    return `{${members.join(',')}}`;
  });
}

// Numbers keep the digits they were published with: 315.70 stays 315.70.
function jsonValue(cell: string, column: Column): string {
  if (cell === '' && column.nullable) return 'null';
  if (column.type === 'string') return JSON.stringify(cell);
  if (!JSON_NUMBER.test(cell)) throw new Error(`${column.name} is not a number: "${cell}"`);
  return cell;
}

function schemaOf(columns: readonly Column[]): Record<string, unknown> {
  return {
    type: 'object',
    properties: Object.fromEntries(columns.map((column) => [column.name, propertyOf(column)])),
    required: columns.map((column) => column.name),
    additionalProperties: false,
  };
}

function propertyOf({ type, nullable, description, format, enum: values }: Column) {
  return {
    type: nullable ? [type, 'null'] : type,
    ...(format && { format }),
    ...(values && { enum: values }),
    description,
  };
}
