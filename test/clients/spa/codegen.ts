import type { CodegenConfig } from '@graphql-codegen/cli';

// The types of every operation below, from the schema that the service is made of. Of a service elsewhere: 'https://id.example.com/schema.graphqls'.
const config: CodegenConfig = {
  schema: '../../../schema.graphqls',
  documents: 'src/**/*.{ts,tsx}',
  generates: {
    'src/graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { scalars: { Time: 'string', JSON: 'Record<string, unknown>' }, strictScalars: true, useTypeImports: true, enumsAsTypes: true },
    },
  },
};

export default config;
