import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Journeys start the programs of the project hundreds of times: stripping their types once is enough. */
const env = { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compile') }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          env,
          include: ['test/**/*.test.ts'],
          exclude: ['test/hosts/**'],
          testTimeout: 120_000,
          hookTimeout: 150_000,
        },
      },
      {
        test: {
          name: 'hosts',
          env,
          include: ['test/hosts/**/*.test.ts'],
          testTimeout: 2_000_000,
          hookTimeout: 2_000_000,
          // Most of the time they wait for daemons; three at once would wait for each other.
          maxWorkers: 2,
        },
      },
    ],
  },
})
