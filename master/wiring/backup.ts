import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { writeDurable } from '../../protocol/durable-file.ts'
import type { Manifest } from '../backup/entry.ts'
import { checkBackup, restoreBackup } from '../backup/restore.ts'
import { writeBackup } from '../backup/write.ts'
import type { CliContext } from '../cli/context.ts'
import type { Invocation } from '../cli/invocation.ts'
import { dataText, isData } from '../cli/output.ts'
import { readPassphrase } from '../cli/passphrase.ts'
import {
  type BackupContent,
  type BackupResult,
  type RestoreResult,
  renderBackup,
  renderRestore,
} from '../cli/render/move.ts'
import { CONFIG_FILE, configFrom, loadConfig } from '../config.ts'
import { LAST_BACKUP } from '../doctor/gather/state.ts'
import { loadMasterIdentity } from '../keys/master-identity.ts'
import { copyStore } from '../store/copy.ts'
import { lockState } from '../store/lock.ts'
import { openStore } from '../store/open.ts'

/*
 * Moves a master to another machine. Backup and restore work on the directories themselves and need no running master: anyone
 * who may read the state directory has all of its keys anyway, and the passphrase stays in this process.
 */

/** Runs `master backup FILE`: encrypts identity, pillar keys, store and fleet; a running master continues. */
export async function backup(
  context: CliContext,
  { file, passphraseFile, flags, view }: Extract<Invocation, { readonly kind: 'backup' }>,
  version: string,
): Promise<number> {
  const passphrase = await readPassphrase(context, passphraseFile, true)
  const { state, fleet } = await loadConfig(flags, process.env)
  const { fleet: fleetId } = await loadMasterIdentity(state)
  const { manifest, ...made } = await writeBackup({
    file: resolve(file),
    passphrase,
    state: resolve(state),
    fleet: resolve(fleet),
    settings: usesSettings(flags) ? CONFIG_FILE : undefined,
    fleetId,
    version,
    now: Date.now(),
    copyStore: target => copyStore(state, target),
  })
  await rememberBackup(resolve(state), manifest.madeAt)
  const result: BackupResult = { ...made, ...contentOf(manifest) }
  context.out(isData(view) ? dataText(result, view) : renderBackup(result))
  return 0
}

/** Writes down for `master doctor` when this backup was made. A state directory that cannot be written is backed up all the same. */
async function rememberBackup(state: string, madeAt: string): Promise<void> {
  const { uid, gid } = await stat(state)
  await writeDurable({ path: join(state, LAST_BACKUP), data: `${madeAt}\n`, owner: { uid, gid } }).catch(
    () => undefined,
  )
}

/** Runs `master restore FILE`: makes this machine the master that was backed up. */
export async function restore(
  context: CliContext,
  { file, passphraseFile, flags, replace, view }: Extract<Invocation, { readonly kind: 'restore' }>,
): Promise<number> {
  const passphrase = await readPassphrase(context, passphraseFile, false)
  const { manifest, settings, needs } = await checkBackup(file, passphrase)
  // The settings of the old master apply here too, unless this machine has its own.
  const isBare = usesSettings(flags) && saysNothing(await readFile(CONFIG_FILE, 'utf8').catch(() => ''))
  const taken = isBare ? settings : undefined
  const config =
    taken === undefined
      ? await loadConfig(flags, process.env)
      : await configFrom(taken, CONFIG_FILE, flags, process.env)
  const [state, fleet] = [resolve(config.state), resolve(config.fleet)]
  refuseRunning(state)
  const now = Date.now()
  const { aside } = await restoreBackup({ file, passphrase, needs, state, fleet, replace, now, finish: finishState })
  if (taken !== undefined) await writeDurable({ path: CONFIG_FILE, data: taken, mode: 0o644 })
  const places = { stateDirectory: state, fleetDirectory: fleet, settings: taken !== undefined }
  const result: RestoreResult = { file: resolve(file), ...contentOf(manifest), ...places, aside }
  context.out(isData(view) ? dataText(result, view) : renderRestore(result))
  context.err('Next: `systemctl enable --now saltern-master`; minions reconnect if the master has its old address.\n')
  return 0
}

/** True when the settings of this machine apply: directories that are given explicitly do not use them. */
function usesSettings({ state }: { readonly state?: string }): boolean {
  return state === undefined && process.env['SALTERN_STATE'] === undefined
}

function saysNothing(settings: string): boolean {
  try {
    return (parse(settings) ?? undefined) === undefined
  } catch {
    return false
  }
}

/** Throws STORE_LOCKED while a master uses the directory that is to be replaced. */
function refuseRunning(state: string): void {
  if (existsSync(join(state, 'lock.db'))) lockState(state).release()
}

/** Migrates the store to this version, logs the restore, and revokes join tokens of the backup that could still be used. */
function finishState(state: string, { madeAt }: Manifest): void {
  const operator = userInfo().username
  const store = openStore(state, { now: Date.now })
  try {
    store.together(() => {
      store.log.append({ type: 'master-restored', madeAt, operator })
      const good = store.keys
        .tokens()
        .filter(({ used, uses, expiresAt }) => used < uses && Date.parse(expiresAt) > Date.now())
      for (const { id } of good) store.keys.revokeToken(id, operator)
    })
  } finally {
    store.close()
  }
}

function contentOf({ fleet, madeAt, version, events, jobs, minions, keys, files }: Manifest): BackupContent {
  return { fleet, madeAt, version, events, jobs, minions, keys, files }
}
