import type { CodegenConfig } from '@graphql-codegen/cli';

// The types of the operations, from the schema that the service is made of.
const config: CodegenConfig = {
  schema: '../../schema.graphqls',
  documents: 'src/*.graphql',
  generates: {
    'src/graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: { documentMode: 'string', scalars: { Time: 'string', JSON: 'Record<string, unknown>' }, strictScalars: true, useTypeImports: true, enumsAsTypes: true },
    },
    'src/graphql/codes.ts': { plugins: ['typescript'], config: { onlyEnums: true, enumsAsTypes: true } },
  },
};

export default config;
