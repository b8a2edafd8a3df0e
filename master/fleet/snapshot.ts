import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { AppError, type Problem } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'

/** All files of a fleet, read once: one verb works on one snapshot. Paths are relative to the fleet, with `/`. */
export interface FleetFiles {
  readonly directory: string
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Over all paths and bytes. */
  readonly revision: Sha256
}

const TOP = ['fleet.yml', 'inventory.yml', 'schedule.yml', 'roles', 'pillar', 'runbooks']
const LARGEST_FILE = 64 * 1024 * 1024

/**
 * Reads a fleet directory and, below it, the roles of `bundledRoles` that the fleet has not itself. Throws
 * FLEET_UNREADABLE with every path that could not be read.
 */
export async function readFleetFiles(directory: string, bundledRoles: string): Promise<FleetFiles> {
  const problems: Problem[] = []
  const files = new Map<string, Uint8Array>()
  const root = await realpath(directory).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(directory, cause)
  })
  if (!(await stat(root)).isDirectory()) {
    throw new AppError({
      code: 'FLEET_UNREADABLE',
      message: `\`${directory}\` shall be a fleet directory, it is a file`,
      hint: 'Name the directory that holds `fleet.yml`: `master start --fleet DIR`.',
    })
  }
  for (const name of TOP) await readBelow({ root, files, problems }, name)
  const own = new Set([...files.keys()].flatMap(path => /^roles\/([^/]+)\//.exec(path)?.[1] ?? []))
  const bundled = new Map<string, Uint8Array>()
  await readBelow({ root: join(bundledRoles, '..'), files: bundled, problems }, 'roles')
  for (const [path, bytes] of bundled) {
    const role = /^roles\/([^/]+)\//.exec(path)?.[1]
    if (role !== undefined && !own.has(role)) files.set(path, bytes)
  }
  // A runbook of the fleet takes the place of the bundled one of the same name.
  const books = new Map<string, Uint8Array>()
  await readBelow({ root: join(bundledRoles, '..'), files: books, problems }, 'runbooks')
  for (const [path, bytes] of books) if (!files.has(path)) files.set(path, bytes)
  if (!files.has('fleet.yml') && problems.length === 0) {
    problems.push({
      code: 'FLEET_UNREADABLE',
      message: `\`${directory}\` has no \`fleet.yml\`: it is no fleet directory`,
      hint: `Make one with \`master init ${directory}\`.`,
    })
  }
  if (problems.length > 0) throw new AppError(problems)
  return { directory: root, files, revision: revisionOf(files) }
}

interface Reading {
  readonly root: string
  readonly files: Map<string, Uint8Array>
  readonly problems: Problem[]
}

async function readBelow(reading: Reading, path: string): Promise<void> {
  const { root, files, problems } = reading
  const absolute = join(root, path)
  try {
    const real = await realpath(absolute)
    if (real !== root && !real.startsWith(root + sep)) {
      problems.push({
        code: 'FLEET_UNREADABLE',
        message: `\`${absolute}\` is a link that leads out of the fleet, to \`${real}\``,
        hint: 'Copy the file into the fleet.',
      })
      return
    }
    const status = await stat(real)
    if (status.isDirectory()) {
      const entries: readonly Dirent[] = await readdir(real, { withFileTypes: true })
      for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        if (!name.startsWith('.')) await readBelow(reading, `${path}/${name}`)
      }
    } else if (status.size > LARGEST_FILE) {
      problems.push({
        code: 'FLEET_UNREADABLE',
        message: `\`${absolute}\` has ${status.size} bytes, at most ${LARGEST_FILE} are taken`,
      })
    } else {
      files.set(path, await readFile(real))
    }
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException
    if (error.code === 'ENOENT' && TOP.includes(path)) return
    problems.push(...unreadable(absolute, error).problems)
  }
}

function unreadable(path: string, cause: NodeJS.ErrnoException): AppError {
  const [why, hint] =
    cause.code === 'ENOENT'
      ? ['it does not exist', `Make a fleet with \`master init ${path}\`, or name another with \`--fleet\`.`]
      : cause.code === 'EACCES'
        ? ['permission denied', `See who may read it: \`ls -ld ${path}\`.`]
        : [cause.message, `Look at it: \`ls -ld ${path}\`.`]
  return new AppError({ code: 'FLEET_UNREADABLE', message: `cannot read \`${path}\`: ${why}`, hint }, { cause })
}

function revisionOf(files: ReadonlyMap<string, Uint8Array>): Sha256 {
  const hash = createHash('sha256')
  for (const path of [...files.keys()].sort()) {
    const bytes = files.get(path) ?? new Uint8Array()
    hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex') as Sha256
}
