import { networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import { formatHostPort } from '../../protocol/host-port.ts'
import { createClient } from '../api/client.ts'
import { answerOf } from '../cli/answer.ts'
import type { CliContext } from '../cli/context.ts'
import type { Invocation } from '../cli/invocation.ts'
import { CONFIG_FILE, loadConfig, type MasterConfig, socketOf } from '../config.ts'
import { advertisedAddressOf } from '../control/advertised-address.ts'
import { judgeCertificates } from '../doctor/certificates.ts'
import { AS_ROOT, type Check } from '../doctor/check.ts'
import { judgeSynchronised } from '../doctor/clock.ts'
import { bounded } from '../doctor/gather/bounded.ts'
import { dpkgFacts, isSynchronised, unitFacts } from '../doctor/gather/host.ts'
import { addressFacts, listenFacts } from '../doctor/gather/network.ts'
import { lastBackup, lookAtState } from '../doctor/gather/state.ts'
import { diskFacts, moduleFacts, partFacts, storeFacts } from '../doctor/gather/storage.ts'
import {
  type DaemonFacts,
  type InstallationFacts,
  judgeDaemon,
  judgeInstallation,
  judgeUnit,
} from '../doctor/installation.ts'
import { judgeAddress, judgeListening } from '../doctor/network.ts'
import { judgeState } from '../doctor/state-files.ts'
import { judgeBackup, judgeDisk, judgeStore } from '../doctor/storage.ts'
import type { DoctorResult } from '../verbs/doctor.ts'

/** This program: its version, and the directory it is installed in. */
type Program = Pick<InstallationFacts, 'version' | 'home'>

type Wish = Extract<Invocation, { readonly kind: 'doctor' }>

const LEAST_NODE = 24
const DAEMON_MS = 6000

/**
 * Runs `master doctor`: checks this machine, and asks the daemon for what only it knows. Needs neither a running daemon nor
 * valid settings; every part ends after some seconds. Exits 1 if a check found a problem. Throws RIGHT_DENIED.
 */
export async function doctor(context: CliContext, { flags, view, socket }: Wish, program: Program): Promise<number> {
  const { config, settings } = await settingsOf(flags)
  const path = socket ?? (flags.state === undefined ? await socketPath(config) : config.socket)
  const daemon = await askDaemon(path, context.signal)
  const checks = [
    ...(await checkMachine(config, { daemon, program, isOwn: isOwnState(flags), settings })),
    ...(daemon.answer?.checks ?? unasked(daemon.facts)),
  ]
  const order = (check: Check): number => SUBJECTS.indexOf(check.subject)
  const known = daemon.answer?.daemon
  const result: DoctorResult = {
    version: program.version,
    ...(known === undefined ? {} : { daemon: known }),
    checks: [...checks].sort((a, b) => order(a) - order(b)),
  }
  const { text, exit } = await answerOf('doctor', result, context.outStyle, view)
  context.out(text)
  return exit
}

/** The order in which an operator repairs a master. */
const SUBJECTS: readonly Check['subject'][] = [
  'installation',
  'state',
  'disk',
  'store',
  'clock',
  'certificates',
  'dns',
  'listening',
  'versions',
  'keys',
  'backup',
  'delivery',
]

/** What only the daemon knows, while it says nothing. */
const OF_DAEMON = [
  { subject: 'clock', check: 'minions' },
  { subject: 'dns', check: 'minions' },
  { subject: 'certificates', check: 'hosts' },
  { subject: 'versions', check: 'minions' },
  { subject: 'keys', check: 'pending' },
  { subject: 'delivery', check: 'recipients' },
] as const

function unasked({ kind }: DaemonFacts): readonly Check[] {
  const action = kind === 'refused' ? AS_ROOT : 'Start the master, then type `master doctor` again.'
  return OF_DAEMON.map(one => ({ ...one, status: 'unknown', found: 'only the daemon knows this', action }))
}

interface Settings {
  readonly config: MasterConfig
  readonly settings?: NonNullable<InstallationFacts['settings']>
}

/** Loads the settings; without valid ones, those that would apply without the file. */
async function settingsOf(flags: Wish['flags']): Promise<Settings> {
  try {
    return { config: await loadConfig(flags, process.env) }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    const { message, hint } = thrown.problems[0] ?? { message: thrown.message }
    const settings = { file: CONFIG_FILE, message, ...(hint === undefined ? {} : { hint }) }
    return { config: await loadConfig(flags, process.env, '/dev/null'), settings }
  }
}

/** A master with a state directory of its own is not run by the unit of the package. */
function isOwnState({ state }: Wish['flags']): boolean {
  return state !== undefined || process.env['SALTERN_STATE'] !== undefined
}

interface Daemon {
  readonly facts: DaemonFacts
  readonly answer?: DoctorResult
}

/** Finds the socket that this user may open. */
function socketPath({ socket }: MasterConfig): Promise<string> {
  return socketOf(undefined, process.env).catch(() => socket)
}

async function askDaemon(path: string, interrupted: AbortSignal): Promise<Daemon> {
  const called = await bounded(DAEMON_MS, late => {
    const signal = AbortSignal.any([late, interrupted])
    return createClient(path, signal)
      .call('doctor', {})
      .catch((thrown: unknown) => {
        if (thrown instanceof AppError && !signal.aborted) return thrown
        throw thrown
      })
  })
  if ('unknown' in called) return { facts: { kind: 'hangs', why: `the daemon at ${path}: ${called.unknown}` } }
  const { value } = called
  if (value instanceof AppError) {
    if (value.code === 'RIGHT_DENIED') throw value
    const isDown = value.code === 'MASTER_NOT_RUNNING' || value.code === 'MASTER_STOPPING'
    return { facts: { kind: isDown ? 'down' : 'refused', why: value.message } }
  }
  const { version = value.version, pid = 0, startedAt = '' } = value.daemon ?? {}
  return { facts: { kind: 'answers', version, pid, startedAt }, answer: value }
}

interface Around {
  readonly daemon: Daemon
  readonly program: Program
  readonly isOwn: boolean
  readonly settings: InstallationFacts['settings']
}

/** Checks what this machine shows, all parts at once. */
async function checkMachine(
  config: MasterConfig,
  { daemon, program, isOwn, settings }: Around,
): Promise<readonly Check[]> {
  const state = resolve(config.state)
  const known = daemon.answer?.daemon
  const listen = known?.listen ?? formatHostPort(config.listen)
  const advertised = known ?? advertisedAddressOf(listen, config.address, networkInterfaces())
  const others = [
    { path: resolve(config.fleet), forbidden: 0o002 },
    ...(isOwn ? [] : [{ path: CONFIG_FILE, forbidden: 0o022 }]),
  ]
  const [dpkg, unit, modules, found, synchronised, address, disk, parts, store, backup] = await Promise.all([
    dpkgFacts(),
    isOwn ? { value: undefined } : unitFacts(),
    moduleFacts(),
    lookAtState(state, others),
    isSynchronised(),
    addressFacts(advertised, CONFIG_FILE),
    diskFacts(state),
    partFacts(state),
    storeFacts(state),
    lastBackup(state),
  ])
  const answers = await bounded(DAEMON_MS, () => listenFacts(listen, address, found.tls))
  const now = Date.now()
  // Without a state directory, there is nothing to say about what would be in it.
  const { files } = found.state
  const isThere = !('value' in files && files.value === undefined)
  const installation = { ...program, dpkg, node: process.version, leastNode: LEAST_NODE, modules }
  return [
    ...judgeInstallation({ ...installation, ...(settings === undefined ? {} : { settings }) }),
    ...judgeUnit(unit),
    judgeDaemon(daemon.facts, program.version),
    ...judgeState(found.state),
    ...(isThere
      ? [
          ...judgeDisk(disk, parts, CONFIG_FILE),
          ...judgeStore(store),
          ...judgeCertificates(found.certificates, now),
          ...judgeBackup(backup, now),
        ]
      : []),
    ...judgeSynchronised(synchronised),
    ...judgeAddress(address),
    ...judgeListening(answers, daemon.facts.kind !== 'down'),
  ]
}
