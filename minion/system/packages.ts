import { readdir } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../../states/action.ts'
import type { ProgramResult } from '../../states/system.ts'
import { tailOf } from './program-output.ts'

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

/** Installs by apt-get(8); mends what a killed dpkg left, and fetches lists when there are none or a name is unknown. */
export async function installPackages(run: Run, action: Extract<Action, { do: 'install-packages' }>): Promise<void> {
  const names = action.packages.map(({ name, version }) => (version === undefined ? name : `${name}=${version}`))
  const install = (): Promise<ProgramResult> => run([...APT, 'install', '--no-install-recommends', '--', ...names], ENV)
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

export async function removePackages(run: Run, action: Extract<Action, { do: 'remove-packages' }>): Promise<void> {
  await mendDpkg(run)
  const verb = action.purge ? 'purge' : 'remove'
  const result = await run([...APT, verb, '--', ...action.names], ENV)
  if (result.exitCode !== 0) throw failed(`${verb} ${action.names.join(' ')}`, result)
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

function failed(what: string, { exitCode, stdout, stderr }: ProgramResult): AppError {
  const said = stderr.trim() === '' ? stdout : stderr
  return new AppError({
    code: 'PACKAGE_FAILED',
    message: `could not ${what} (exit ${exitCode}): ${tailOf(said.trim(), 1500)}`,
    hint: 'Try it on the host: `apt-get install --simulate <package>`.',
  })
}
