/**
 * The linter's rules: typescript-eslint's strictest set that knows types, for what we ship, and the
 * recommended ones for the scripts around it. prettier owns the looks.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { configs } from 'typescript-eslint';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The playground is checked as strictly, on a configuration of its own. */
const PLAYGROUND = ['www/source/**/*.ts'];

/** Names that the scripts find in every runtime they run in. */
const SCRIPT_FILES = ['{xtask,tests,benches,examples,www}/**/*.{js,mjs,cjs}'];

export default [
  { ignores: ['target/**', 'pkg/**', 'www/dist/**', '**/node_modules/**', 'fuzz/**'] },
  ...configs.strictTypeChecked.map((config) => ({
    ...config,
    files: ['src/ts/**/*.ts', ...PLAYGROUND],
  })),
  {
    files: ['src/ts/**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: root } },
  },
  {
    files: PLAYGROUND,
    languageOptions: { parserOptions: { project: './www/tsconfig.json', tsconfigRootDir: root } },
  },
  {
    files: ['src/ts/**/*.ts', ...PLAYGROUND],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // Numbers read well in messages.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // An element of a typed array or of a full list is there: an invariant, not a hope.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Callers in JavaScript pass what the types forbid; the checks are for them.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A method that says Promise rejects and never throws, so it is async without an await.
      '@typescript-eslint/require-await': 'off',
      // Hooks and callbacks may return nothing.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Methods are compared to see whether a subclass overrides them.
      '@typescript-eslint/unbound-method': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
        { selector: 'ImportExpression', message: 'Service workers refuse import().' },
        { selector: 'AwaitExpression:not(:function *)', message: 'No top-level await.' },
      ],
    },
  },
  // Panels are loaded when they are asked for.
  {
    files: PLAYGROUND,
    rules: {
      'no-restricted-syntax': 'off',
      // Elements are found by selectors, whose type only the caller knows.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  // A declaration of `*.wasm` has the default export that the runtimes give it.
  { files: ['src/ts/**/*.d.ts', 'src/ts/**/*.d.*.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: SCRIPT_FILES,
    rules: {
      eqeqeq: 'error',
      'no-unused-vars': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
];
