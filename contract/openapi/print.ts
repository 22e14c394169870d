// Prints the OpenAPI document, for tools that read it from a file.
import { openApiDocument } from './document.ts';

const about = { name: 'Dazaar Market', version: '0.1.0', origin: 'http://127.0.0.1:8470' };
console.log(JSON.stringify(openApiDocument(about), null, 2));
