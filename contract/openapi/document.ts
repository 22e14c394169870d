import { z } from 'zod';
import { createDocument, type ZodOpenApiOverride, type ZodOpenApiPathsObject } from 'zod-openapi';
import * as shapes from '../index.ts';
import type { Operation } from '../operation.ts';
import { gatewayOperations, serverOperations } from '../operations/index.ts';
import { answersOf, sharedAnswers } from './answers.ts';
import { introduction } from './introduction.ts';
import { parametersOf, requestBodyOf } from './requests.ts';
import { scopeOf, securityOf, securitySchemes } from './security.ts';
import { tagsOf } from './tags.ts';
import { webhooksOf } from './webhooks.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

export interface About {
  /** The market's name. */
  name: string;
  version: string;
  origin: string;
}

const GATEWAY = {
  url: '{gateway}',
  description: 'The HTTP data gateway of a seeder: one of `gateways` in `GET /v1/market`.',
  variables: { gateway: { default: 'http://127.0.0.1:8471' } },
};

/** The HTTP interface as an OpenAPI 3.1 document, made of the very values that the server checks requests by. */
export function openApiDocument({ name, version, origin }: About): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  const add = (operation: Operation, more: object = {}) => {
    const path = operation.path.replaceAll('+}', '}');
    paths[path] = { ...paths[path], [operation.method]: { ...describe(operation), ...more } };
  };
  for (const operation of serverOperations) add(operation);
  for (const operation of gatewayOperations) add(operation, { servers: [GATEWAY] });
  const source = {
    openapi: '3.1.1' as const,
    info: {
      title: name,
      version,
      summary: 'Data feeds sold for Lightning payments',
      description: introduction(),
      license: { name: 'MIT', identifier: 'MIT' },
      contact: { name, url: origin },
    },
    servers: [{ url: origin, description: name }],
    tags: tagsOf([...serverOperations, ...gatewayOperations]),
    paths,
    webhooks: webhooksOf(),
    components: { schemas: namedSchemas(), responses: sharedAnswers, securitySchemes },
  };
  return withoutUnused(createDocument(source, { override: open }));
}

function describe(operation: Operation): object {
  const { id, tag, summary, description } = operation;
  const requestBody = requestBodyOf(operation);
  const scope = scopeOf(operation);
  const needs = scope && `Needs an API key with the scope \`${scope}\`, or a session.`;
  const text = [description, needs].filter(Boolean).join('\n\n');
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(text && { description: text }),
    security: securityOf(operation),
    ...(scope && { 'x-scope': scope }),
    requestParams: parametersOf(operation),
    ...(requestBody && { requestBody }),
    responses: answersOf(operation),
  };
}

/** Exported object shapes are components by their names: `listingPage` is `ListingPage`. */
function namedSchemas(): Record<string, z.ZodType> {
  const named = Object.entries<unknown>(shapes).flatMap(([name, shape]) =>
    shape instanceof z.ZodObject ? [[capitalised(name), shape] as const] : [],
  );
  return Object.fromEntries(named);
}

/** What is read by programs of today may have more fields tomorrow; what is sent may not. */
const open: ZodOpenApiOverride = ({ jsonSchema, zodSchema, io }) => {
  const { def } = zodSchema._zod;
  // Not every reader of patterns knows classes of Unicode.
  jsonSchema.pattern &&= jsonSchema.pattern.replaceAll('\\p{Cc}', '\\x00-\\x1f\\x7f-\\x9f');
  if (io === 'output' && def.type === 'object' && !def.catchall) {
    delete jsonSchema.additionalProperties;
  }
};

function capitalised(name: string): string {
  return `${name[0]?.toUpperCase()}${name.slice(1)}`;
}

/** Leaves out the components that nothing refers to, again and again, as one may have been all that named another. */
function withoutUnused(document: OpenApiDocument): OpenApiDocument {
  for (;;) {
    const text = JSON.stringify(document);
    const groups = [document.components?.schemas, document.components?.responses];
    const unused = groups.flatMap((group, at) =>
      Object.keys(group ?? {}).filter(
        (name) => !text.includes(`"#/components/${['schemas', 'responses'][at]}/${name}"`),
      ),
    );
    if (unused.length === 0) return document;
    for (const group of groups) for (const name of unused) delete group?.[name];
  }
}
