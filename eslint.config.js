import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Bug rules only: how code looks is Prettier's, how it is layered is the tidy test's. */
export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '.sightline/**',
      'schemas/generated/**',
      'dashboard/build/**',
      'dashboard/.svelte-kit/**',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ['**/*.ts'],
    ignores: [
      '**/*.svelte.ts',
      'dashboard/src/lib/{api,chart,geometry,live,session,ui}/**',
      'dashboard/src/routes/**',
      'dashboard/vite.config.ts',
    ],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // Pages and what they share run in a browser; what they are checked with besides is svelte-check.
    files: ['dashboard/src/**/*.svelte', 'dashboard/src/**/*.svelte.ts', 'dashboard/static/*.js'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['dashboard/src/**/*.svelte', 'dashboard/src/**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      // A typed program knows its names.
      'no-undef': 'off',
      // Paths of the server are plain: it lives at the root of its address.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' },
    },
  },
);
