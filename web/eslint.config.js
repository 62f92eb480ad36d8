import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/**
 * The floors: lib → ui, api, stores → features → routes. Within a floor or feature imports are relative, across
 * they are written `@/…`, so that a wrong one is seen and refused here.
 */
function floor(files, refused, message) {
  return {
    files,
        rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['../../*'], message: 'Write `@/…` across folders.' }, { group: refused, message }] }],
    },
  };
}

export default tseslint.config(
  { ignores: ['dist', 'src/api/generated', 'node_modules'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js', '*.mjs'] }, tsconfigRootDir: import.meta.dirname } },
  },
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  { files: ['**/*.{js,mjs}'], ...tseslint.configs.disableTypeChecked, languageOptions: { ...tseslint.configs.disableTypeChecked.languageOptions, globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } } },
  { files: ['mock/**'], rules: { 'react-hooks/rules-of-hooks': 'off' } },
  floor(['src/lib/**'], ['@/*', '@/**'], 'lib uses nobody.'),
  floor(['src/api/**'], ['@/ui/**', '@/stores/**', '@/features/**', '@/routes/**'], 'api uses lib only.'),
  floor(['src/stores/**'], ['@/ui/**', '@/features/**', '@/routes/**'], 'stores use lib and api only.'),
  floor(['src/ui/**'], ['@/stores/**', '@/features/**', '@/routes/**'], 'ui uses lib, and the types of api.'),
  floor(['src/features/**'], ['@/features/**', '@/routes/**'], 'Features never import features; share through ui, stores or api.'),
);
