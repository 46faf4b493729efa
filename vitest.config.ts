import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['**/*.{integration,browser}.test.ts', '**/node_modules/**'],
          pool: 'forks',
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          // Tests in a real browser are among them, so that they share the stack and do not run beside the others.
          include: ['**/*.{integration,browser}.test.ts'],
          exclude: ['**/node_modules/**'],
          pool: 'forks',
          // One real stack is shared by all integration tests; they run one file at a time on it.
          fileParallelism: false,
          globalSetup: ['deploy/local/test-stack.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
