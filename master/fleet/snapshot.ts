import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileOnDisk } from '../../protocol/catalog.ts'
import { AppError, type Problem } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { createFileCache, type FileContent, type OnRead } from './file-cache.ts'
import { type FoundFile, findFiles, unreadableFile } from './walk.ts'

/** All files of a fleet, read once; one verb works on one snapshot. Paths are relative to the fleet, with `/`. */
export interface FleetFiles {
  readonly directory: string
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Files of roles that are too large to hold in memory. */
  readonly large: ReadonlyMap<string, FileOnDisk>
  /** Files that cannot be read, with the reason; only what needs them is refused. */
  readonly broken: ReadonlyMap<string, Problem>
  /** Hash of all paths and bytes. */
  readonly revision: Sha256
}

/** Reads one fleet repeatedly. Unchanged files are not read again, and an unchanged fleet is the same object. */
export interface FleetReader {
  /** Reads the fleet. Throws FLEET_UNREADABLE when the directory is missing; problems of single files are in `broken`. */
  read(): Promise<FleetFiles>
}

const TOP = ['fleet.yml', 'inventory.yml', 'schedule.yml', 'roles', 'pillar', 'runbooks']
const BUNDLED = ['roles', 'runbooks']

/** Creates a reader for a fleet directory, which adds those roles and runbooks of `bundledRoles` that the fleet does not have. */
export function createFleetReader(
  directory: string,
  bundledRoles: string,
  options: { readonly now?: () => number; readonly onRead?: OnRead } = {},
): FleetReader {
  const cache = createFileCache(options.now ?? Date.now, options.onRead)
  let last: Snapshot | undefined
  return {
    async read() {
      const root = await realpath(directory).catch((cause: NodeJS.ErrnoException) => {
        throw new AppError(unreadableFile(directory, cause), { cause })
      })
      if (!(await stat(root)).isDirectory()) {
        throw new AppError({
          code: 'FLEET_UNREADABLE',
          message: `\`${directory}\` must be a fleet directory, but it is a file`,
          hint: 'Name the directory that holds `fleet.yml`: `master start --fleet DIR`.',
        })
      }
      const own = await findFiles(root, TOP)
      const bundled = await findFiles(await realpath(join(bundledRoles, '..')), BUNDLED)
      const found = [...own.files.values(), ...notReplaced(bundled.files, [...own.files.keys(), ...own.broken.keys()])]
      const contents: [string, FileContent][] = [...own.broken, ...bundled.broken].map(([path, problem]) => [
        path,
        { kind: 'broken', problem },
      ])
      for (const file of found) contents.push([file.path, await cache.read(file)])
      cache.keep(new Set(found.map(({ real }) => real)))
      if (!own.files.has('fleet.yml') && !own.broken.has('fleet.yml')) contents.push(['fleet.yml', missing(directory)])
      const fresh = new Map(contents)
      if (last === undefined || last.files.directory !== root || !isSame(last.contents, fresh)) {
        last = { contents: fresh, files: filesOf(root, fresh) }
      }
      return last.files
    },
  }
}

interface Snapshot {
  readonly contents: ReadonlyMap<string, FileContent>
  readonly files: FleetFiles
}

/**
 * Filters bundled files. A role of the fleet replaces the whole bundled role, and a runbook the bundled file, even if it is
 * broken.
 */
function notReplaced(bundled: ReadonlyMap<string, FoundFile>, own: readonly string[]): readonly FoundFile[] {
  const roles = new Set(own.flatMap(path => /^roles\/([^/]+)(?:\/|$)/.exec(path)?.[1] ?? []))
  const others = new Set(own)
  if (others.has('roles') || others.has('runbooks')) return []
  return [...bundled.values()].filter(({ path }) => {
    const role = /^roles\/([^/]+)\//.exec(path)?.[1]
    return role === undefined ? !others.has(path) : !roles.has(role)
  })
}

function isSame(a: ReadonlyMap<string, FileContent>, b: ReadonlyMap<string, FileContent>): boolean {
  if (a.size !== b.size) return false
  for (const [path, content] of b) {
    const before = a.get(path)
    if (before === content) continue
    if (before?.kind !== 'broken' || content.kind !== 'broken') return false
    if (before.problem.message !== content.problem.message) return false
  }
  return true
}

function filesOf(directory: string, contents: ReadonlyMap<string, FileContent>): FleetFiles {
  const files = new Map<string, Uint8Array>()
  const large = new Map<string, FileOnDisk>()
  const broken = new Map<string, Problem>()
  const hash = createHash('sha256')
  for (const [path, content] of [...contents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    switch (content.kind) {
      case 'held':
        files.set(path, content.bytes)
        hash.update(`${path}\0${content.bytes.length}\0`).update(content.bytes)
        break
      case 'large':
        large.set(path, content.file)
        hash.update(`${path}\0${content.file.size}\0${content.file.sha256}`)
        break
      case 'broken':
        broken.set(path, content.problem)
        hash.update(`${path}\0broken\0`)
        break
      default:
        content satisfies never
    }
  }
  return { directory, files, large, broken, revision: hash.digest('hex') as Sha256 }
}

function missing(directory: string): FileContent {
  return {
    kind: 'broken',
    problem: {
      code: 'FLEET_UNREADABLE',
      message: `\`${directory}\` has no \`fleet.yml\`: it is not a fleet directory`,
      hint: `Create one with \`master init ${directory}\`.`,
    },
  }
}
