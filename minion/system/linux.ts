import { randomBytes } from 'node:crypto'
import { lstat, stat } from 'node:fs/promises'
import { bytesOfText } from '../../protocol/byte-text.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { revealText, Secret } from '../../protocol/secret.ts'
import type { Action, Content, Ownership } from '../../states/action.ts'
import type { PerformOptions, ProgramResult, System } from '../../states/system.ts'
import type { Accounts } from './accounts.ts'
import type { AppliedValues } from './applied-values.ts'
import { blobContent } from './blob-content.ts'
import { download } from './download.ts'
import { AT_ONCE } from './local-files.ts'
import { makeKey } from './make-key.ts'
import { waitForLocks } from './package-locks.ts'
import { installPackages, type PackageTools, removePackages } from './packages.ts'
import { makeLink, makeOwned, removePath, setMode, setNumbers } from './paths.ts'
import { tailOf } from './program-output.ts'
import { type HostReader, hostReader } from './reader.ts'
import { spawnProgram } from './spawn.ts'
import { actOnUnit } from './unit-action.ts'
import { explainWrite, writeAtomic } from './write-atomic.ts'
import { writeLocal } from './write-local.ts'

export interface LinuxDeps {
  readonly applied: AppliedValues
  /** Path of a blob of the current catalog. */
  readonly blobPath: (hash: Sha256) => string
  /** Packages that a removal of others must not take along; absent: none. Asked for each removal. */
  readonly neededPackages?: () => ReadonlySet<string>
  /** Signal that ends the running program; read again for each program. */
  readonly signal: () => AbortSignal | undefined
}

/** The host that this process runs on. */
export function linuxSystem(deps: LinuxDeps): System {
  const reader = hostReader(deps.applied, deps.signal, deps.blobPath)
  return {
    ...reader,
    async perform(action, options = {}) {
      // Even after a failure: what was cached before is no longer valid.
      try {
        await perform(action, { deps, reader, options })
      } finally {
        if (isOneFile(action, options)) reader.fileReplaced()
        else reader.forgetPaths()
        if (mayTouchAccounts(action)) reader.forgetAccounts()
      }
    },
  }
}

/** A check is a program, which can change anything. */
function isOneFile(action: Action, { checkCmd }: PerformOptions): boolean {
  return action.do === 'remember' || (action.do === 'write-file' && checkCmd === undefined)
}

/** Cached accounts and packages stay valid while only other things change; reading them again starts programs. */
function mayTouchAccounts(action: Action): boolean {
  switch (action.do) {
    case 'write-file':
    case 'make-directory':
    case 'set-mode':
    case 'set-owner':
    case 'remove':
    case 'link':
    case 'download':
    case 'make-key':
      return action.path.startsWith('/etc/') || action.path.startsWith('/var/lib/')
    case 'remember':
      return false
    default:
      return true
  }
}

/** Timeout for a program that no state and no run limits. */
const UNLIMITED_MS = 30 * 60_000

interface Performing {
  readonly deps: LinuxDeps
  readonly reader: HostReader
  readonly options: PerformOptions
}

async function perform(action: Action, context: Performing): Promise<void> {
  const { deps, reader, options } = context
  const run = (argv: readonly string[], more: Parameters<typeof spawnProgram>[1] = {}): Promise<ProgramResult> => {
    const signal = options.signal ?? deps.signal()
    // A state has its own time limit; a rollback has none and must not hang forever.
    return spawnProgram(argv, { signal, ...(signal === undefined ? { timeoutMs: UNLIMITED_MS } : {}), ...more })
  }
  const runWith = (argv: readonly string[], env: { readonly [name: string]: string }): Promise<ProgramResult> =>
    run(argv, { env })
  const packageTools = (): PackageTools => ({
    run: runWith,
    wait: () => waitForLocks({ onWait: line => options.onNote?.(line), signal: options.signal ?? deps.signal() }),
  })
  switch (action.do) {
    case 'write-file':
      return writeFile(action, context, run)
    case 'make-directory':
      return makeDirectory(action, reader)
    case 'download':
      return download(
        { ...action, ...(await ownersOf(action, reader)), ...candidateCheck(options.checkCmd, run) },
        options.signal ?? deps.signal(),
      )
    case 'make-key':
      return makeKey({ ...action, ...(await ownersOf(action, reader)) })
    case 'set-mode':
      return explained(action.path, () => setMode(action.path, Number.parseInt(action.mode, 8)))
    case 'set-owner':
      return setOwner(action, reader)
    case 'remove':
      return explained(action.path, () => removePath(action.path, action.recursive, run))
    case 'link':
      return explained(action.path, () => makeLink(action.path, action.target))
    case 'install-packages':
      return installPackages(packageTools(), action)
    case 'remove-packages':
      return removePackages(packageTools(), action, deps.neededPackages?.() ?? new Set())
    case 'unit':
      return succeed(await actOnUnit(run, action), `systemctl ${action.verb} ${action.unit}`, [0], action.unit)
    case 'daemon-reload':
      return succeed(await run(['systemctl', 'daemon-reload']), 'systemctl daemon-reload', [0])
    case 'run': {
      const { argv, cwd, user, env, stdin, success = [0], summary } = action
      const result = await run(argv, { cwd, user, env, stdin })
      if (action.showOutput === true) options.onOutput?.(result.stdout)
      return succeed(result, summary, success)
    }
    case 'remember':
      return deps.applied.remember(action.key, action.value)
    default:
      return action satisfies never
  }
}

async function writeFile(
  action: Extract<Action, { do: 'write-file' }>,
  { deps, reader, options }: Performing,
  run: (argv: readonly string[]) => Promise<ProgramResult>,
): Promise<void> {
  const { path } = action
  const wanted = await numbersOf(action, reader)
  const { uid, gid } = wanted
  const ids = uid === undefined || gid === undefined ? { ...(await numbersAt(path)), ...wanted } : { uid, gid }
  const file = { path, mode: Number.parseInt(action.mode, 8), ...ids }
  const unique = randomBytes(6).toString('hex')
  const data = bytesOf(action.content, deps)
  const { checkCmd } = options
  const isSmall = data instanceof Uint8Array && data.byteLength < AT_ONCE
  const place = isSmall && checkCmd === undefined ? await reader.localPlace(path) : undefined
  if (isSmall && place !== undefined) return writeLocal({ ...file, data }, place, unique)
  await writeAtomic({ ...file, data, ...candidateCheck(checkCmd, run) }, unique)
}

/**
 * The owner of the file at a path, else of this process. The owner of a link, or of its target, must not become the owner of the
 * file that replaces it.
 */
async function numbersAt(path: string): Promise<{ readonly uid: number; readonly gid: number }> {
  const there = await lstat(path).catch(() => undefined)
  if (there?.isFile() === true) return { uid: there.uid, gid: there.gid }
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
}

/** The check that validates a new file before it replaces the old one; empty without `check_cmd`. */
function candidateCheck(
  checkCmd: readonly string[] | undefined,
  run: (argv: readonly string[]) => Promise<ProgramResult>,
): { readonly check?: (candidate: string) => Promise<void> } {
  return checkCmd === undefined ? {} : { check: candidate => checkCandidate(candidate, checkCmd, run) }
}

async function checkCandidate(
  candidate: string,
  checkCmd: readonly string[],
  run: (argv: readonly string[]) => Promise<ProgramResult>,
): Promise<void> {
  const result = await run(checkCmd.map(word => word.replaceAll('{path}', candidate)))
  if (result.exitCode === 0) return
  const said = `${result.stdout}\n${result.stderr}`.replaceAll(candidate, '{path}').trim()
  throw new AppError({
    code: 'CHECK_FAILED',
    message: `the check \`${checkCmd.join(' ')}\` rejected the new file (exit ${result.exitCode}): ${tailOf(said, 2000)}`,
    hint: 'The old file is unchanged. Fix the template or the values in it.',
  })
}

function bytesOf(content: Content, { blobPath }: LinuxDeps): Uint8Array | AsyncIterable<Uint8Array> {
  if (typeof content === 'string' || content instanceof Secret) return bytesOfText(revealText(content))
  return blobContent(blobPath(content.blob), content.blob)
}

async function makeDirectory(action: Extract<Action, { do: 'make-directory' }>, reader: HostReader): Promise<void> {
  const owner = await ownersOf(action, reader)
  await explained(action.path, async () => {
    if (action.parents) {
      for (const parent of parentsOf(action.path)) {
        if ((await stat(parent).catch(() => undefined)) === undefined) await makeOwned(parent, owner, 0o755)
      }
    }
    await makeOwned(action.path, owner, Number.parseInt(action.mode, 8))
  })
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1)
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)
}

/** Numeric ids of the owners; a new path defaults to the ids of this process. */
async function ownersOf(
  ownership: Ownership,
  reader: HostReader,
): Promise<{ readonly uid: number; readonly gid: number }> {
  const { uid, gid } = await numbersOf(ownership, reader)
  return { uid: uid ?? process.getuid?.() ?? 0, gid: gid ?? process.getgid?.() ?? 0 }
}

async function setOwner(action: Extract<Action, { do: 'set-owner' }>, reader: HostReader): Promise<void> {
  const { uid, gid } = await numbersOf(action, reader)
  await explained(action.path, () => setNumbers(action.path, uid ?? -1, gid ?? -1))
}

/** Resolves names to numeric ids. Done this late so that an account created earlier in the run is known. Throws OWNER_UNKNOWN. */
async function numbersOf(
  ownership: Ownership,
  reader: HostReader,
): Promise<{ readonly uid?: number; readonly gid?: number }> {
  const find = async (
    name: string | undefined,
    look: (accounts: Accounts, name: string) => number | undefined,
    what: string,
  ): Promise<number | undefined> => {
    const known = name === undefined ? undefined : await reader.account(accounts => look(accounts, name))
    if (name === undefined || known !== undefined) return known
    if (/^\d+$/.test(name)) return Number(name)
    throw new AppError({
      code: 'OWNER_UNKNOWN',
      message: `there is no ${what} \`${name}\` on this host`,
      hint: `Require the state that creates it, for example \`require: [{${what}: ${name}}]\`.`,
    })
  }
  const { owner, group } = ownership
  const uid = await find(owner, ({ users }, name) => users.get(name)?.uid, 'user')
  const gid = await find(group, ({ groups }, name) => groups.get(name)?.gid, 'group')
  return { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) }
}

async function explained<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw explainWrite(error, path)
  }
}

function succeed(
  { exitCode, signal, stdout, stderr }: ProgramResult,
  what: string,
  success: readonly number[],
  unit?: string,
): void {
  if (signal === undefined && success.includes(exitCode)) return
  const said = tailOf((stderr.trim() === '' ? stdout : stderr).trim(), 2000)
  throw new AppError({
    code: 'PROGRAM_FAILED',
    message: `\`${what}\` ${signal === undefined ? `ended with exit code ${exitCode}` : `was killed by ${signal}`}${saidBelow(said)}`,
    hint: unit === undefined ? 'Run it on the host to see more.' : `Look on the host: \`journalctl -u ${unit} -n 50\`.`,
  })
}

/** Appends a program's output: after a colon, or on separate lines if it has several. */
function saidBelow(said: string): string {
  if (said === '') return ''
  return said.includes('\n') ? `:\n${said}` : `: ${said}`
}
