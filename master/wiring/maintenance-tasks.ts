import type { Checkpointer } from '../control/checkpoints.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { Recordings } from '../sessions/recordings.ts'
import type { BlobFiles } from '../store/blob-files.ts'
import type { MaintenanceTask } from './maintenance.ts'

/** For so long `master join-token list` still shows a token that has expired. */
const TOKEN_KEPT_MS = 30 * 24 * 3_600_000

/** What the master does by the clock to keep itself in order; operators schedule everything else in schedule.yml. Pure. */
export function maintenanceTasks({
  now,
  keys,
  pendingKeysMs,
  checkpointer,
  recordings,
  blobFiles,
}: {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly keys: Pick<KeyStore, 'expirePending' | 'removeExpiredTokens'>
  /** How long a key may be pending. */
  readonly pendingKeysMs: number
  readonly checkpointer: Pick<Checkpointer, 'sign'>
  readonly recordings: Pick<Recordings, 'sweep'>
  readonly blobFiles: Pick<BlobFiles, 'collect'>
}): readonly MaintenanceTask[] {
  const ago = (ms: number): string => new Date(now() - ms).toISOString()
  return [
    { name: 'checkpoint', cron: '* * * * *', run: () => checkpointer.sign() },
    { name: 'pending keys', cron: '* * * * *', run: () => void keys.expirePending(ago(pendingKeysMs)) },
    { name: 'join tokens', cron: '11 * * * *', run: () => void keys.removeExpiredTokens(ago(TOKEN_KEPT_MS)) },
    { name: 'recordings', cron: '*/10 * * * *', run: () => recordings.sweep() },
    { name: 'large files', cron: '23 * * * *', run: async () => void (await blobFiles.collect()) },
  ]
}
