import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Section } from './bench-context.ts'
import { buildAll } from './built.ts'
import { isInstalled, PEERS } from './peers/installed-peers.ts'
import type { BenchRun, LeftOut, Row } from './row.ts'
import { FULL, SHORT } from './sizes.ts'

const MOST_OF_ERROR = 1000

export interface BenchWish {
  readonly project: string
  readonly sections: readonly Section[]
  readonly short: boolean
  /** Sizes for the sections with fleets; empty for the usual ones. */
  readonly minions: readonly number[]
  readonly say: (line: string) => void
}

/** Measures these sections one after the other. A section that fails is left out and named; the others are measured. */
export async function runBench({ project, sections, short, minions, say }: BenchWish): Promise<BenchRun> {
  const usual = short ? SHORT : FULL
  const sizes = minions.length === 0 ? usual : { ...usual, swarm: minions, compile: minions }
  const rows: Row[] = []
  const leftOut: LeftOut[] = []
  const directory = mkdtempSync(join(tmpdir(), 'saltern-bench-'))
  try {
    say('building the bundles')
    const built = await buildAll(project, join(directory, 'built'))
    // The peers write files that belong to root.
    const peers = process.getuid?.() === 0 ? PEERS.filter(({ program }) => isInstalled(program)) : []
    for (const { section, measure } of sections) {
      say(section)
      const own = join(directory, section)
      mkdirSync(own)
      const leaveOut = (what: string, why: string): void => {
        // Errors have several lines, the list of a page one for each.
        leftOut.push({ section, what, why: why.replaceAll(/\s+/g, ' ').trim() })
        say(`${section}: ${what} left out: ${why}`)
      }
      const context = { built, directory: own, sizes, peers, leaveOut }
      const add = (row: Row): void => {
        // Goals are for whole sizes.
        rows.push(short ? { ...row, goal: null } : row)
        say(`${section}: ${row.name}, n = ${row.n}: ${row.value} ${row.unit}`)
      }
      await measure({ ...context, add }).catch((error: unknown) => {
        leaveOut(
          'the rest of the section',
          `FAILED: ${(error instanceof Error ? error.message : String(error)).slice(0, MOST_OF_ERROR)}`,
        )
      })
      rmSync(own, { recursive: true, force: true })
    }
    return { format: 1, short, machine: machine(), rows, leftOut }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function machine(): BenchRun['machine'] {
  const all = cpus()
  return {
    cpus: all.length,
    model: all[0]?.model ?? 'unknown',
    memoryMiB: Math.round(totalmem() / 1024 ** 2),
    kernel: release(),
    node: process.version,
  }
}
