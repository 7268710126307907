import tseslint from 'typescript-eslint';

// What the compiler does not see by itself; types are its own affair (`tsc`, strict).
export default tseslint.config(
  { ignores: ['lib/', 'node_modules/', 'src/generated/', '**/*.mjs', '**/*.js', '**/*.d.ts'] },
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { disallowTypeAnnotations: false, fixStyle: 'inline-type-imports' }
      ],
      '@typescript-eslint/no-dynamic-delete': 'off', // metadata of notebooks are plain objects
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      'no-console': 'error'
    }
  }
);
