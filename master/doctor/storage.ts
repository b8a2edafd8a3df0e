import { bytesText } from '../../protocol/amounts.ts'
import { LEAST_FREE, roomLeft } from '../../protocol/disk-room.ts'
import { type Check, DAY_MS, type Fact, judged } from './check.ts'

/** Room on the file system of the state directory. */
export interface DiskFacts {
  readonly directory: string
  readonly bytes: number
  readonly freeBytes: number
  /** 0 on a file system without a limit of inodes. */
  readonly inodes: number
  readonly freeInodes: number
}

/** A part of the state directory. */
export interface PartFact {
  readonly name: string
  readonly bytes: number
}

export interface StoreFacts {
  /** Version of the tables, 0 in an empty database, and the newest that this program knows. Absent: it could not be read. */
  readonly schema?: number
  readonly newestSchema: number
  readonly walBytes: number
  /** What SQLite's quick check found; none: the database is intact. */
  readonly faults: Fact<readonly string[]>
}

const RESTORE = 'Stop the master, then type `master restore --replace FILE`.'

/** Judges the room for the state directory. Pure. */
export function judgeDisk(disk: Fact<DiskFacts>, parts: Fact<readonly PartFact[]>, settings: string): readonly Check[] {
  const largest = 'value' in parts ? [...parts.value].sort((a, b) => b.bytes - a.bytes).slice(0, 4) : []
  return [
    ...judged({ subject: 'disk', check: 'bytes' }, disk, facts => [
      bytesCheck(
        facts,
        largest[0]?.name === 'recordings' ? ` or lower \`recordings: {size: ...}\` in ${settings},` : '',
      ),
      inodesCheck(facts),
    ]),
    ...judged({ subject: 'disk', check: 'parts' }, parts, () => [
      {
        subject: 'disk',
        check: 'parts',
        status: 'ok',
        found: largest.map(({ name, bytes }) => `${name} ${bytesText(bytes)}`).join(', ') || 'nothing yet',
      },
    ]),
  ]
}

function bytesCheck({ directory, bytes, freeBytes }: DiskFacts, recordings: string): Check {
  const found = `${bytesText(freeBytes)} of ${bytesText(bytes)} are free`
  const head = { subject: 'disk', check: 'bytes', found } as const
  const action = `Free some space,${recordings} and see what is large: \`du -xh --max-depth=1 ${directory}\`, \`df -h ${directory}\`.`
  const room = roomLeft(freeBytes, bytes)
  if (room === 'enough') return { ...head, status: 'ok' }
  return { ...head, status: room === 'urgent' ? 'problem' : 'warning', expected: LEAST_FREE, action }
}

function inodesCheck({ directory, inodes, freeInodes }: DiskFacts): Check {
  const head = { subject: 'disk', check: 'inodes' } as const
  if (inodes === 0) return { ...head, status: 'ok', found: 'this file system has no limit' }
  const share = freeInodes / inodes
  const found = `${freeInodes} of ${inodes} are free`
  const more = {
    found,
    expected: '10 %',
    action: `Remove files: \`df -i ${directory}\`, \`du --inodes -x --max-depth=1 ${directory}\`.`,
  }
  if (share < 0.01) return { ...head, status: 'problem', ...more }
  if (share < 0.1) return { ...head, status: 'warning', ...more }
  return { ...head, status: 'ok', found }
}

/** Judges the database. Pure. */
export function judgeStore(store: Fact<StoreFacts>): readonly Check[] {
  return judged({ subject: 'store', check: 'schema' }, store, ({ schema, newestSchema, walBytes, faults }) => [
    ...(schema === undefined ? [] : [schemaCheck(schema, newestSchema)]),
    walCheck(walBytes),
    ...judged(
      { subject: 'store', check: 'integrity', action: 'Type `master audit verify`, which takes its time.' },
      faults,
      found => [
        found.length === 0
          ? { subject: 'store', check: 'integrity', status: 'ok', found: "SQLite's quick check found nothing" }
          : {
              subject: 'store',
              check: 'integrity',
              status: 'problem',
              found: found.join('; '),
              expected: 'an intact database',
              action: RESTORE,
            },
      ],
    ),
  ])
}

function schemaCheck(schema: number, newest: number): Check {
  const head = { subject: 'store', check: 'schema', found: `version ${schema}` } as const
  const expected = `version ${newest}, which this program knows`
  if (schema === 0) {
    const found = 'the database is empty: it or its `-wal` file was lost'
    return { ...head, status: 'problem', found, expected, action: RESTORE }
  }
  if (schema > newest) {
    return {
      ...head,
      status: 'problem',
      expected,
      action: 'Install the newer saltern-master that wrote it, or restore the backup from before.',
    }
  }
  if (schema < newest) {
    return {
      ...head,
      status: 'warning',
      expected,
      action: 'Type `systemctl restart saltern-master`: the start migrates the store.',
    }
  }
  return { ...head, status: 'ok' }
}

/** SQLite truncates the log of a quiet database far below this; one that stays larger has a reader that never ends. */
const MOST_WAL = 256e6

function walCheck(walBytes: number): Check {
  const head = { subject: 'store', check: 'wal', found: bytesText(walBytes) } as const
  if (walBytes <= MOST_WAL) return { ...head, status: 'ok' }
  return {
    ...head,
    status: 'warning',
    expected: `less than ${bytesText(MOST_WAL)}`,
    action: 'End programs that read the database, then type `systemctl restart saltern-master`.',
  }
}

/** Judges when `master backup` last wrote a backup; undefined: never, as far as the state directory knows. Pure. */
export function judgeBackup(lastMs: Fact<number | undefined>, nowMs: number): readonly Check[] {
  const head = { subject: 'backup', check: 'age' } as const
  const action = 'Type `master backup FILE`, and keep the file on another machine.'
  const expected = 'a backup of the last 7 days'
  return judged(head, lastMs, last => {
    if (last === undefined) {
      const found = 'this state directory knows of no `master backup`; other backups of this machine are not visible'
      return [{ ...head, status: 'unknown', found, expected, action }]
    }
    const days = Math.floor((nowMs - last) / DAY_MS)
    const found = `the last one is of ${new Date(last).toISOString().slice(0, 10)}`
    return [
      days < 7
        ? { ...head, status: 'ok', found }
        : { ...head, status: 'warning', found: `${found}, ${days} days ago`, expected, action },
    ]
  })
}
