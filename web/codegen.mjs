// Writes src/api/generated/graphql.ts: the types of the schema that the binary emits, and one typed document for each
// operation beside the features. We call the generator's core with two plugins instead of its command line, which
// would bring two hundred packages more.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

const here = dirname(fileURLToPath(import.meta.url));
const schemaFile = join(here, '../tests/golden/schema.graphql');
const output = join(here, 'src/api/generated/graphql.ts');

if (!existsSync(schemaFile)) {
  console.error('codegen: there is no tests/golden/schema.graphql; `make golden` writes it');
  process.exit(1);
}

function documentFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return documentFiles(path);
    return entry.name.endsWith('.graphql') ? [path] : [];
  });
}

const documents = documentFiles(join(here, 'src'))
  .sort()
  .map((location) => ({ location: relative(here, location), document: parse(readFileSync(location, 'utf8')) }));

const written = await codegen({
  schema: parse(readFileSync(schemaFile, 'utf8')),
  documents,
  filename: output,
  config: {
    enumsAsTypes: true,
    strictScalars: true,
    scalars: { DateTime: 'string' },
    useTypeImports: true,
    dedupeFragments: true,
    documentMode: 'documentNode',
  },
  pluginMap: { operations, typedDocumentNode },
  plugins: [{ operations: {} }, { typedDocumentNode: {} }],
});

mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, written);
console.log(`codegen: ${documents.length} documents against ${relative(join(here, '..'), schemaFile)}`);
