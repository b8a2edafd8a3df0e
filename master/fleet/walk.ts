import { type BigIntStats, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { withoutDescriptors } from '../../protocol/descriptors.ts'
import type { Problem } from '../../protocol/errors.ts'

/** A regular file that was found but not read yet. */
export interface FoundFile {
  /** Relative to the root, with `/`. */
  readonly path: string
  /** Absolute, with links resolved. */
  readonly real: string
  readonly status: BigIntStats
}

/** Files below some names of a directory, by path. An unreadable path is a problem of that path only. */
export interface Found {
  readonly files: Map<string, FoundFile>
  readonly broken: Map<string, Problem>
}

/** Entries between two pauses: a large fleet must not block the event loop. */
const SLICE = 250

/**
 * Finds all files at and below the names in `tops`; `root` is absolute, with links resolved. Skips names that begin with a dot.
 */
export async function findFiles(root: string, tops: readonly string[]): Promise<Found> {
  const found: Found = { files: new Map(), broken: new Map() }
  const open: Place[] = tops.toReversed().map(path => ({ path, real: join(root, path), above: [root] }))
  for (let looked = 1; ; looked++) {
    const place = open.pop()
    if (place === undefined) return found
    try {
      open.push(...look(root, place, found).toReversed())
    } catch (cause) {
      const error = cause as NodeJS.ErrnoException
      const isAbsent = error.code === 'ENOENT' && tops.includes(place.path)
      if (!isAbsent) found.broken.set(place.path, unreadableFile(join(root, place.path), error))
    }
    if (looked % SLICE === 0) await breathe()
  }
}

interface Place {
  readonly path: string
  readonly real: string
  /** Parent directories: a link back to one of them would never end. */
  readonly above: readonly string[]
}

function look(root: string, { path, real: place, above }: Place, { files, broken }: Found): readonly Place[] {
  const refuse = (message: string, hint: string): readonly Place[] => {
    broken.set(path, { code: 'FLEET_UNREADABLE', message: `\`${join(root, path)}\` ${message}`, hint })
    return []
  }
  let real = place
  let status = lstatSync(place, { bigint: true })
  if (status.isSymbolicLink()) {
    real = realpathSync(place)
    if (real !== root && !real.startsWith(root + sep)) {
      return refuse(
        `is a symbolic link that points outside of the fleet, to \`${real}\``,
        'Copy the file into the fleet.',
      )
    }
    status = statSync(real, { bigint: true })
  }
  if (status.isFile()) {
    files.set(path, { path, real, status })
    return []
  }
  if (!status.isDirectory()) return refuse('is neither a file nor a directory', 'Remove it from the fleet.')
  if (above.includes(real)) return refuse(`is a symbolic link to a directory above it, \`${real}\``, 'Remove the link.')
  return readdirSync(real)
    .filter(name => !name.startsWith('.'))
    .sort()
    .map(name => ({ path: `${path}/${name}`, real: join(real, name), above: [...above, real] }))
}

/** Explains why a file cannot be read, and what to do. Pure. */
export function unreadableFile(path: string, cause: NodeJS.ErrnoException): Problem {
  const full = withoutDescriptors(cause)
  if (full !== undefined) return full
  const [why, hint] =
    cause.code === 'ENOENT'
      ? [
          'it does not exist',
          `Create a fleet with \`master init ${path}\`, or choose another directory with \`--fleet\`.`,
        ]
      : cause.code === 'EACCES'
        ? ['permission denied', `See who may read it: \`ls -ld ${path}\`.`]
        : [cause.message, `Check it: \`ls -ld ${path}\`.`]
  return { code: 'FLEET_UNREADABLE', message: `cannot read \`${path}\`: ${why}`, hint }
}
