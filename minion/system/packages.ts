import { readdir } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../../states/action.ts'
import type { ProgramResult } from '../../states/system.ts'
import { tailOf } from './program-output.ts'

/** What the functions for apt and dpkg need. */
export interface PackageTools {
  readonly run: Run
  /** Resolves when no other process is using the package system. */
  readonly wait: () => Promise<void>
}

type Run = (argv: readonly string[], env: { readonly [name: string]: string }) => Promise<ProgramResult>

const ENV = { DEBIAN_FRONTEND: 'noninteractive', APT_LISTCHANGES_FRONTEND: 'none', NEEDRESTART_MODE: 'l' }
const APT = [
  'apt-get',
  '-q',
  '-y',
  // apt-daily holds the lock for a while after every boot.
  '-o',
  'DPkg::Lock::Timeout=120',
  '-o',
  'Dpkg::Options::=--force-confdef',
  '-o',
  'Dpkg::Options::=--force-confold',
]
const LISTS = '/var/lib/apt/lists'

/**
 * Installs packages with apt-get(8). Repairs what a killed dpkg left behind, and updates the package lists when there are none
 * or a name is unknown.
 */
export async function installPackages(
  tools: PackageTools,
  action: Extract<Action, { do: 'install-packages' }>,
): Promise<void> {
  const run = unlocked(tools)
  const names = action.packages.map(({ name, version }) => (version === undefined ? name : `${name}=${version}`))
  const options = ['--no-install-recommends', ...(action.allowDowngrade === true ? ['--allow-downgrades'] : [])]
  const install = (): Promise<ProgramResult> => run([...APT, 'install', ...options, '--', ...names], ENV)
  await mendDpkg(run)
  if (!(await hasLists())) await updateLists(run)
  const first = await install()
  if (first.exitCode === 0) return
  if (!action.refresh || !/Unable to locate|has no installation candidate|was not found|404 /.test(first.stderr)) {
    throw failed(`install ${names.join(' ')}`, first)
  }
  await updateLists(run)
  const second = await install()
  if (second.exitCode !== 0) throw failed(`install ${names.join(' ')}`, second)
}

/**
 * Removes packages with apt-get(8), which also removes what depends on them. Throws PACKAGE_FAILED, before anything is removed,
 * when one of `needed` depends on them.
 */
export async function removePackages(
  tools: PackageTools,
  action: Extract<Action, { do: 'remove-packages' }>,
  needed: ReadonlySet<string>,
): Promise<void> {
  const run = unlocked(tools)
  await mendDpkg(run)
  const verb = action.purge ? 'purge' : 'remove'
  if (needed.size > 0) {
    const simulated = await run([...APT, '--simulate', verb, '--', ...action.names], ENV)
    const native = (await run(['dpkg', '--print-architecture'], ENV)).stdout.trim()
    const lost = lostPackages({ removed: removedIn(simulated.stdout), asked: action.names, needed, native })
    if (lost.length > 0) throw wouldBreak(action.names, lost)
  }
  const result = await run([...APT, verb, '--', ...action.names], ENV)
  if (result.exitCode !== 0) throw failed(`${verb} ${action.names.join(' ')}`, result)
}

/** The packages that `apt-get --simulate` says it would remove; those of another architecture as `NAME:ARCHITECTURE`. */
function removedIn(simulated: string): readonly string[] {
  return [...simulated.matchAll(/^(?:Remv|Purg) (\S+)/gm)].map(([, name = '']) => name)
}

interface Removal {
  readonly removed: readonly string[]
  readonly asked: readonly string[]
  readonly needed: ReadonlySet<string>
  /** The architecture of the host, which names may leave out. */
  readonly native: string
}

function lostPackages({ removed, asked, needed, native }: Removal): readonly string[] {
  const bare = (name: string): string => (name.endsWith(`:${native}`) ? name.slice(0, -native.length - 1) : name)
  const [askedFor, wanted] = [new Set(asked.map(bare)), new Set([...needed].map(bare))]
  return removed.map(bare).filter(name => wanted.has(name) && !askedFor.has(name))
}

function wouldBreak(names: readonly string[], lost: readonly string[]): AppError {
  return new AppError({
    code: 'PACKAGE_FAILED',
    message: `apt would also remove ${lost.map(name => `\`${name}\``).join(', ')}, which a state of this host installs`,
    hint: `Keep ${names.map(name => `\`${name}\``).join(', ')}, or remove that state first. See: \`apt-get --simulate remove ${names.join(' ')}\`.`,
  })
}

const LOCKED =
  /Could not get lock|Unable to lock|frontend lock was locked|database area is locked|locked by another process/

/**
 * Runs apt and dpkg when the locks are free, and retries when another process was first: apt itself waits for only two of its
 * four locks.
 */
function unlocked({ run, wait }: PackageTools): Run {
  return async (argv, env) => {
    for (let tries = 1; ; tries++) {
      await wait()
      const result = await run(argv, env)
      if (result.exitCode === 0 || tries === 20 || !LOCKED.test(result.stderr)) return result
    }
  }
}

async function mendDpkg(run: Run): Promise<void> {
  const audit = await run(['dpkg', '--audit'], ENV)
  if (audit.stdout.trim() === '') return
  const result = await run(['dpkg', '--configure', '-a', '--force-confdef', '--force-confold'], ENV)
  if (result.exitCode !== 0) throw failed('configure half-installed packages', result)
}

async function updateLists(run: Run): Promise<void> {
  const result = await run([...APT, 'update'], ENV)
  if (result.exitCode !== 0) throw failed('update the package lists', result)
}

async function hasLists(): Promise<boolean> {
  const names = await readdir(LISTS).catch(() => [])
  return names.some(name => /_(Packages|InRelease)(\.\w+)?$/.test(name))
}

/** Progress output of apt, which does not explain a failure. */
const PROGRESS =
  /^(?:Reading |Building |Solving |Correcting |The following (?!packages have unmet)|  |Get:|Hit:|Ign:|Fetched |Need to get |After this |Suggested |Recommended |Preconfiguring |Selecting |\(Reading |Preparing |Unpacking |Processing triggers|\d+ upgraded|debconf: delaying|Setting up [^ ]+ [^ ]+ \.\.\.$)/

function failed(what: string, { exitCode, stdout, stderr }: ProgramResult): AppError {
  const said = reasonsIn(stdout) + stderr
  return new AppError({
    code: 'PACKAGE_FAILED',
    message: `could not ${what} (exit ${exitCode}):\n${tailOf(said.trim(), 2000)}`,
    hint: /is a virtual package/.test(stdout)
      ? 'Name one of the packages that provide it.'
      : 'Try it on the host: `apt-get install --simulate <package>`.',
  })
}

/**
 * Extracts output of maintainer scripts and apt other than progress: why a postinst failed, and which packages provide a name.
 * Pure.
 */
export function reasonsIn(stdout: string): string {
  let inList = false
  // apt runs dpkg in a terminal, and a terminal ends lines with CRLF.
  const lines = stdout.split(/\r?\n/).filter(line => {
    if (/is a virtual package provided by:|unmet dependencies:/.test(line)) inList = true
    else if (!line.startsWith(' ')) inList = false
    return line.trim() !== '' && (inList || !PROGRESS.test(line))
  })
  return lines.map(line => `${line}\n`).join('')
}
