import { copyFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { labDebs } from './debs.ts'
import type { ExecOptions, LabHost } from './lab/host.ts'
import { defaultCacheDir, type Lab, type LabOptions, openLab } from './lab/lab.ts'
import type { Finished } from './lab/program.ts'
import { until } from './lab/until.ts'

const PORT = 7443

/** Locations on the master host. */
export const MASTER = { host: 'master', fleet: '/srv/fleet', state: '/var/lib/saltern/master' } as const
export const MINION_STATE = '/var/lib/saltern/minion'

export interface LabFleetOptions extends LabOptions {
  /** Minion ids; each gets a host. */
  readonly members: readonly string[]
  /** Members that also have a volume, see `HostOptions`. */
  readonly volumes?: readonly string[]
  /** Role and level that the join tokens bind. */
  readonly level: string
  /** Files written over a fresh fleet, by relative path. */
  readonly files: { readonly [path: string]: string }
  /** Pillar file -> pillar path -> clear value, sealed by `master pillar set`. */
  readonly secrets: { readonly [file: string]: { readonly [path: string]: string } }
}

/** A Saltern fleet on real hosts: a master host, and a host for each member, joined by token. */
export interface LabFleet {
  readonly lab: Lab
  readonly master: LabHost
  /** Returns the host of a member; throws for any other id. */
  host(id: string): LabHost
  /** Runs `master <words>` on the master host; does not throw on a nonzero exit code. */
  run(words: readonly string[], options?: ExecOptions): Promise<Finished>
  /** Like `run`, but throws unless the exit code is 0; returns stdout. */
  must(words: readonly string[], options?: ExecOptions): Promise<string>
  /** Runs a verb with --json; returns its exit code and result. */
  ask<Answer>(
    words: readonly string[],
    options?: ExecOptions,
  ): Promise<{ readonly exitCode: number; readonly answer: Answer }>
  /** Resolves when `master ping` reaches every member. */
  allHere(): Promise<void>
  close(): Promise<void>
}

/** Creates hosts and fleet, starts the master as a systemd unit, and joins every member. Closes the lab on failure. */
export async function openLabFleet(options: LabFleetOptions): Promise<LabFleet> {
  const { log = () => undefined, members, volumes = [] } = options
  const lab = await openLab(options)
  try {
    log(`booting ${members.length + 1} hosts`)
    const hosts = await Promise.all(
      [MASTER.host, ...members].map(name => lab.host({ name, volume: volumes.includes(name) })),
    )
    const host = (name: string): LabHost => {
      const found = hosts.find(candidate => candidate.name === name)
      if (found === undefined) throw new Error(`there is no host ${name} in this fleet`)
      return found
    }
    const master = host(MASTER.host)
    const run: LabFleet['run'] = (words, exec) => master.exec(['master', ...words], { timeoutMs: 300_000, ...exec })
    const must: LabFleet['must'] = (words, exec) => master.must(['master', ...words], { timeoutMs: 300_000, ...exec })
    const ask = async <Answer>(
      words: readonly string[],
      exec?: ExecOptions,
    ): Promise<{ exitCode: number; answer: Answer }> => {
      const { exitCode, stdout, stderr } = await run(['--json', ...words], exec)
      if (stdout === '') throw new Error(`\`master ${words.join(' ')}\` said nothing (exit ${exitCode}): ${stderr}`)
      return { exitCode, answer: JSON.parse(stdout) as Answer }
    }
    const allHere = (): Promise<void> => everybodyAnswers(run, members.length)
    const debs = await labDebs(options.cacheDir ?? defaultCacheDir(), { log })
    log('installing the packages')
    await Promise.all(hosts.map(one => installDeb(one, one === master ? debs.master : debs.minion)))
    log('starting the master')
    await startMaster(master, options, must)
    log(`joining ${members.length} members by token`)
    await Promise.all(members.map(id => joinMember(host(id), master, options.level, must)))
    await allHere()
    return { lab, master, host, run, must, ask, allHere, close: () => lab.close() }
  } catch (error) {
    await lab.close()
    throw error
  }
}

/** Copies a Debian package to a host and installs it there; the base tree has all its dependencies. */
export async function installDeb(host: LabHost, deb: string): Promise<void> {
  const name = basename(deb)
  await copyFile(deb, join(host.root, 'root', name))
  await host.must(['dpkg', '--install', `/root/${name}`], { timeoutMs: 120_000 })
}

async function startMaster(
  master: LabHost,
  { files, secrets }: LabFleetOptions,
  must: LabFleet['must'],
): Promise<void> {
  await must(['init', MASTER.fleet])
  for (const [path, text] of Object.entries(files)) await master.writeFile(`${MASTER.fleet}/${path}`, text)
  await master.must(['systemctl', 'enable', '--now', 'saltern-master'])
  await until(async () => ((await master.exec(['master', 'status'])).exitCode === 0 ? true : undefined), {
    what: 'the master to answer',
    timeoutMs: 30_000,
    evidence: async () => (await master.exec(['journalctl', '-u', 'saltern-master', '-n', '40', '--no-pager'])).stdout,
  })
  for (const [file, values] of Object.entries(secrets)) {
    for (const [path, value] of Object.entries(values)) {
      await must(['pillar', 'set', path, '--file', file], { stdin: value })
    }
  }
}

async function joinMember(host: LabHost, master: LabHost, level: string, must: LabFleet['must']): Promise<void> {
  const created = await must(['--json', 'join-token', 'create', '--level', level, '--id', host.name])
  const token = tokenIn(created)
  await host.must(['minion', 'join', '--master', `${master.address}:${PORT}`], { stdin: token })
}

function tokenIn(text: string): string {
  const [token] = /saltern1\.[A-Za-z0-9_.-]+/.exec(text) ?? []
  if (token === undefined) throw new Error('no join token was printed')
  return token
}

async function everybodyAnswers(run: LabFleet['run'], count: number): Promise<void> {
  let last = ''
  await until(
    async () => {
      const { exitCode, stdout } = await run(['--json', 'ping', '*'])
      last = stdout
      const all = exitCode === 0 && (JSON.parse(stdout) as { answers: unknown[] }).answers.length === count
      return all ? true : undefined
    },
    { what: `${count} minions to answer`, timeoutMs: 60_000, everyMs: 250, evidence: () => last },
  )
}
