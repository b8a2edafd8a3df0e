import { bytesText } from '../../../protocol/amounts.ts'
import { safe } from './style.ts'

/** Contents of a backup. */
export interface BackupContent {
  readonly fleet: string
  /** Time of the backup, ISO 8601, and version of the program. */
  readonly madeAt: string
  readonly version: string
  readonly events: number
  readonly jobs: number
  readonly minions: number
  readonly keys: number
  readonly files: number
}

/** Output of `master backup --json`. */
export interface BackupResult extends BackupContent {
  readonly file: string
  readonly bytes: number
}

/** Output of `master restore --json`. */
export interface RestoreResult extends BackupContent {
  readonly file: string
  readonly stateDirectory: string
  readonly fleetDirectory: string
  /** True when the settings of the old master are now in use. */
  readonly settings: boolean
  /** Directories that were moved aside. */
  readonly aside: readonly string[]
}

export function renderBackup(result: BackupResult): string {
  return `encrypted ${bytesText(result.bytes)} into ${safe(result.file)}\n${contentOf(result)}`
}

export function renderRestore(result: RestoreResult): string {
  const { file, madeAt, version, stateDirectory, fleetDirectory, settings, aside } = result
  return [
    `restored ${safe(file)}, made ${safe(madeAt)} by version ${safe(version)}\n`,
    contentOf(result),
    `  state in ${safe(stateDirectory)}, fleet in ${safe(fleetDirectory)}${settings ? ', settings in place' : ''}\n`,
    ...aside.map(directory => `  the previous directory is now ${safe(directory)}\n`),
  ].join('')
}

function contentOf({ events, jobs, minions, keys, files }: BackupContent): string {
  return `  ${events} events, ${jobs} jobs, ${minions} minions, ${keys} keys, ${files} files of the fleet\n`
}
