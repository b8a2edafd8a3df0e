import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inCgroup, removeCgroup } from './cgroup.ts'
import { leaderOf, nspawnArgv, personalise } from './container.ts'
import { type DiskKind, layDisk, layVolume, stockArchives } from './disk.ts'
import { LabError, tail } from './lab-error.ts'
import { type Finished, PLAIN_ENV, run } from './program.ts'
import { until } from './until.ts'

const BOOT_TIMEOUT_MS = 90_000
const STOP_TIMEOUT_MS = 60_000
/** SIGRTMIN+4 asks systemd to power off. */
const POWER_OFF = 38
/** A constant script: file, mode and text are passed as arguments and stdin. */
const WRITE_FILE =
  'umask 022; mkdir -p "$(dirname "$1")" && umask 077 && cat > "$1.lab~" && chmod "$2" "$1.lab~" && mv "$1.lab~" "$1"'

export interface ExecOptions {
  readonly stdin?: string
  /** Default 60 s. */
  readonly timeoutMs?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Result of a boot; `degraded` when a unit failed. */
type BootState = 'running' | 'degraded'

/** A Debian 12 host with its own systemd. Its disk lasts until its lab is closed. */
export interface LabHost {
  readonly name: string
  /** Its address on the lab's network, the same after every boot. */
  readonly address: string
  /** Its file system as seen from outside. Links in it would resolve to files of this machine: do not follow any. */
  readonly root: string
  /** Runs a program as root with a plain environment. Does not throw on a nonzero exit code. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<Finished>
  /** Like `exec`, but throws a LabError with the program's output on a nonzero exit code; returns stdout. */
  must(argv: readonly string[], options?: ExecOptions): Promise<string>
  /** Starts a program and returns its streams. It ends with the host at the latest. */
  spawn(argv: readonly string[], options?: Pick<ExecOptions, 'env'>): ChildProcessWithoutNullStreams
  /** Writes a file atomically and creates its directories. `mode` is octal text, default 0644. */
  writeFile(path: string, text: string, mode?: string): Promise<void>
  readFile(path: string): Promise<string>
  /** Boots, and returns when systemd has finished starting. Also needed after a program inside requested a reboot. */
  start(): Promise<BootState>
  /** Shuts down cleanly; a stopped host is fine. */
  stop(): Promise<void>
  /** Simulates a power cut: every process ends at once. */
  kill(): Promise<void>
  /** `stop`, then `start`. The kernel's boot id differs afterwards. */
  reboot(): Promise<BootState>
}

/** What a lab passes to each of its hosts. */
export interface HostDeps {
  /** Holds this host's disk and console log. */
  readonly directory: string
  readonly cgroup: string
  readonly base: string
  readonly archivesCache: string
  readonly bridge: string
  readonly machine: string
  readonly proxy: string
  readonly checkout: string | undefined
  readonly nodeBinary: string | undefined
  readonly unifiedCgroups: boolean
  /** Throws when the lab is being closed: nothing may start then. */
  readonly assertOpen: () => void
}

export interface HostOptions {
  /** Lower-case letters, digits and hyphens; also its host name. */
  readonly name: string
  /** `copy` for a test that needs a disk without an overlay. */
  readonly disk?: DiskKind
  /** The address of a removed host; default: the next free one. */
  readonly address?: string
  /** True: also a disk of its own, mounted at `VOLUME_INSIDE`. */
  readonly volume?: boolean
}

/** Creates the disk of a host without booting it. */
export async function makeHost(deps: HostDeps, options: HostOptions, address: string): Promise<LabHost> {
  const { name } = options
  await mkdir(deps.directory, { recursive: true })
  const disk = await layDisk(deps.base, deps.directory, options.disk)
  const volume = options.volume === true ? await layVolume(deps.directory) : undefined
  await stockArchives(deps.archivesCache, disk.archives)
  await personalise(disk.root, { name, address, proxy: deps.proxy })
  const consoleLog = join(deps.directory, 'console.log')
  let nspawn: ChildProcess | undefined
  let leader: number | undefined

  const evidence = async (): Promise<string> => {
    const text = await readFile(consoleLog, 'utf8').catch(() => '')
    return `  the console of ${name} (${consoleLog}) ends with:\n${tail(text)}`
  }

  const inside = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): readonly string[] => {
    if (leader === undefined) throw new LabError(`${name} is not running; boot it with start()`)
    const variables = Object.entries({ ...PLAIN_ENV, ...env }).map(([key, value]) => `${key}=${value}`)
    const enter = ['nsenter', '--target', String(leader), '--all', '--']
    return [...enter, '/usr/bin/env', '-i', '--chdir=/root', ...variables, ...argv]
  }

  const exec = async (argv: readonly string[], { env, ...rest }: ExecOptions = {}): Promise<Finished> =>
    run(inside(argv, env), rest)

  const must = async (argv: readonly string[], options: ExecOptions = {}): Promise<string> => {
    const { exitCode, stdout, stderr } = await exec(argv, options)
    if (exitCode === 0) return stdout
    throw new LabError(
      `on ${name}: ${argv.join(' ')}\n  ended with ${exitCode}; its last words:\n${tail(stdout + stderr)}`,
    )
  }

  const start = async (): Promise<BootState> => {
    if (nspawn !== undefined) throw new LabError(`${name} is running already`)
    await removeCgroup(deps.cgroup)
    const argv = nspawnArgv({ ...deps, root: disk.root, archives: disk.archives, volume, name })
    const [file = '', ...args] = await inCgroup(deps.cgroup, argv)
    deps.assertOpen()
    const log = openSync(consoleLog, 'a')
    const env = { ...PLAIN_ENV, ...(deps.unifiedCgroups ? { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' } : {}) }
    const child = spawn(file, args, { cwd: '/', env, detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    child.unref()
    nspawn = child
    child.on('exit', () => {
      nspawn = undefined
      leader = undefined
    })
    const assertBooting = async (): Promise<void> => {
      deps.assertOpen()
      if (nspawn === undefined) throw new LabError(`${name} ended while it was booting\n${await evidence()}`)
    }
    const findLeader = async (): Promise<number | undefined> => {
      await assertBooting()
      return child.pid === undefined ? undefined : leaderOf(child.pid)
    }
    leader = await until(findLeader, { what: `the first process of ${name}`, timeoutMs: 30_000, evidence })
    const askState = async (): Promise<BootState | undefined> => {
      await assertBooting()
      const state = (await exec(['systemctl', 'is-system-running'])).stdout.trim()
      return state === 'running' || state === 'degraded' ? state : undefined
    }
    return until(askState, { what: `${name} to boot`, timeoutMs: BOOT_TIMEOUT_MS, everyMs: 100, evidence })
  }

  const end = async (signal: number | 'SIGKILL', what: string): Promise<void> => {
    if (leader === undefined) return
    process.kill(leader, signal)
    const hasEnded = (): true | undefined => (nspawn === undefined ? true : undefined)
    await until(hasEnded, { what: `${name} to ${what}`, timeoutMs: STOP_TIMEOUT_MS, evidence })
  }
  const stop = (): Promise<void> => end(POWER_OFF, 'shut down')

  return {
    name,
    address,
    root: disk.root,
    exec,
    must,
    spawn: (argv, { env } = {}) => {
      const [file = '', ...args] = inside(argv, env)
      return spawn(file, args, { cwd: '/', env: PLAIN_ENV, detached: true, stdio: 'pipe' })
    },
    writeFile: async (path, text, mode = '0644') => {
      await must(['/bin/sh', '-c', WRITE_FILE, 'write', path, mode], { stdin: text })
    },
    readFile: path => must(['cat', '--', path]),
    start,
    stop,
    kill: () => end('SIGKILL', 'die'),
    reboot: async () => {
      await stop()
      return start()
    },
  }
}
