import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Journeys start the programs of the project hundreds of times, so types are stripped only once. */
const env = { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compile') }

/** Tests that start masters and minions as processes. */
const JOURNEYS = ['test/journey/**/*.test.ts', 'test/security/**/*.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          env,
          include: ['test/**/*.test.ts'],
          exclude: ['test/hosts/**', ...JOURNEYS],
          testTimeout: 120_000,
          hookTimeout: 150_000,
          maxWorkers: 2,
          // Modules only keep caches, so files of one worker can share imports; a test restores each spy, timer and variable.
          isolate: false,
        },
      },
      {
        test: {
          name: 'journey',
          sequence: { groupOrder: 1 },
          env,
          include: JOURNEYS,
          testTimeout: 120_000,
          hookTimeout: 150_000,
          // They mostly wait for processes.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'hosts',
          sequence: { groupOrder: 2 },
          env,
          include: ['test/hosts/**/*.test.ts'],
          testTimeout: 2_000_000,
          hookTimeout: 2_000_000,
          // They mostly wait for daemons; three at once would delay each other.
          maxWorkers: 2,
        },
      },
    ],
  },
})
