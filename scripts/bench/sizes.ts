import type { Turns } from './in-turns.ts'

/** How much each section measures. */
export interface Sizes extends Turns {
  readonly files: readonly number[]
  readonly templates: number
  readonly packages: number
  readonly services: number
  /** Minions in the inventory that are compiled. */
  readonly compile: readonly number[]
  /** States of the big role. */
  readonly bigRole: number
  readonly swarm: readonly number[]
  /** Runs of history. */
  readonly history: readonly number[]
  /** How long an idle master is watched. */
  readonly idleMs: number
  readonly reports: number
  readonly blobMiB: readonly number[]
  readonly streamMiB: number
  readonly copyMiB: number
}

export const FULL: Sizes = {
  turns: 5,
  warmUps: 1,
  files: [1000, 10_000],
  templates: 100,
  packages: 50,
  services: 20,
  compile: [1, 100, 1000, 10_000],
  bigRole: 1000,
  swarm: [100, 1000, 10_000],
  history: [0, 30_000, 1_000_000],
  idleMs: 10_000,
  reports: 10_000,
  blobMiB: [1, 16, 64, 512],
  streamMiB: 200,
  copyMiB: 256,
}

/** Shows within a few minutes that every section works; its values say nothing. */
export const SHORT: Sizes = {
  turns: 1,
  warmUps: 0,
  files: [5],
  templates: 3,
  packages: 3,
  services: 1,
  compile: [1, 3],
  bigRole: 10,
  swarm: [4],
  history: [0, 20],
  idleMs: 300,
  reports: 20,
  blobMiB: [1],
  streamMiB: 1,
  copyMiB: 1,
}
