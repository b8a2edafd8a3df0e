import { randomBytes } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { Command } from 'commander'
import { durationText } from '../protocol/duration.ts'
import { AppError } from '../protocol/errors.ts'
import { formatHostPort } from '../protocol/host-port.ts'
import { newMinionId, newRunId } from '../protocol/ids.ts'
import type { Report } from '../protocol/report.ts'
import { encodeReport } from '../protocol/report-codec.ts'
import { SUPPORTED_VERSIONS } from '../protocol/version.ts'
import { versionText } from '../protocol/version-text.ts'
import { STATES } from '../states/index.ts'
import { createRegistry } from '../states/registry.ts'
import { runAgent } from './agent.ts'
import { removeJournal, unfinishedRuns } from './apply/journal.ts'
import { loadPendingTriggers } from './apply/pending-triggers.ts'
import { loadConfig, parseMasterAddress } from './config.ts'
import { collectGrains, readBootId } from './grains/collect.ts'
import { identityFingerprint, loadIdentity } from './identity.ts'
import { takeApplyTurn } from './jobs/apply-turn.ts'
import { catalogCache } from './jobs/catalog-cache.ts'
import { KnownSecrets } from './jobs/known-secrets.ts'
import { cachedCatalog, openCached } from './jobs/open-cached.ts'
import { minionPaths, runCatalog } from './jobs/run-catalog.ts'
import { noCatalog } from './jobs/superseded.ts'
import { joinFleet } from './join.ts'
import { pinOf, probeMaster } from './link/connect.ts'
import { loadNumbers } from './link/durable-state.ts'
import { openOutbox } from './link/outbox.ts'
import { spawnProgram } from './system/spawn.ts'

/** Dependencies of the commands. */
export interface CommandWorld {
  readonly version: string
  readonly signal: AbortSignal
  /** Asks the agent to end after its current run, because its package was upgraded. */
  readonly leave: AbortSignal
  readonly print: (line: string) => void
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
  /** Reads a secret: one line prompted for without echo at a terminal, otherwise all of standard input. */
  readonly readSecret: (prompt: string) => Promise<string>
  readonly setExitCode: (code: number) => void
  /** Notifies systemd that the agent is ready, if systemd waits for that. */
  readonly notifyReady: () => Promise<void>
}

const STATE = '/var/lib/saltern/minion'

export function buildProgram(world: CommandWorld): Command {
  const program = new Command('minion')
  program
    .description('The Saltern agent: applies the roles of this host.')
    .version(
      `minion ${versionText({ version: world.version, node: process.versions.node, protocol: SUPPORTED_VERSIONS })}`,
      '-V, --version',
      'print the versions of the minion, of Node and of the wire protocol',
    )
    .option('--state <dir>', 'state directory with keys and reports', process.env['SALTERN_MINION_STATE'] ?? STATE)
    .exitOverride()
    .showHelpAfterError('(see minion --help)')
  const state = (): string => program.opts<{ state: string }>().state

  program
    .command('join')
    .description(
      'Join a fleet. The join token is read from the terminal, from stdin or from --token-file; it is never an argument.',
    )
    .requiredOption('--master <host[:port]>', 'address of the master')
    .option('--id <id>', 'id of the minion', hostname().split('.')[0]?.toLowerCase())
    .option('--token-file <file>', 'file with the join token')
    .option('--root <fingerprint>', 'fingerprint of the fleet root, if an operator accepts the key by hand')
    .option('--highstate', 'apply the highstate as soon as the agent runs', false)
    .addHelpText('after', '\nExample:\n  minion join --master master.example:7443 < token\n')
    .action(async (options: { master: string; id?: string; tokenFile?: string; root?: string; highstate: boolean }) => {
      const { fingerprint, accepted } = await joinFleet(
        {
          stateDirectory: state(),
          id: newMinionId(options.id ?? ''),
          master: options.master,
          token: options.root === undefined ? await tokenOf(options.tokenFile, world) : undefined,
          root: options.root,
          highstate: options.highstate,
        },
        world.signal,
      )
      world.print(`fingerprint ${fingerprint}`)
      const isOwn = state() === STATE && (await startUnit())
      if (accepted) world.print(`joined ${formatHostPort(parseMasterAddress(options.master))} as ${options.id}`)
      if (!isOwn) world.print('start the agent: systemctl enable --now saltern-minion')
      if (accepted) return
      world.print(
        `waiting: accept it on the master with \`master keys accept ${options.id} --fingerprint ${fingerprint}\``,
      )
    })

  program
    .command('start')
    .description('Run the agent until SIGTERM. SIGHUP stops it after its current runs.')
    .action(async () => {
      const config = await loadConfig(state())
      const { version, log } = world
      // A unit that never finishes starting blocks `systemctl start`: the agent stops and fails instead.
      const untold = new AbortController()
      const ready = (): void =>
        void world.notifyReady().catch((error: Error) => {
          log('systemd-not-told', { message: error.message })
          untold.abort(error)
        })
      const leave = AbortSignal.any([world.leave, untold.signal])
      await runAgent({ stateDirectory: state(), config, version, log, ready, leave }, world.signal)
      if (untold.signal.aborted) throw untold.signal.reason
    })

  program
    .command('status')
    .description('Show the identity of this minion, its pending triggers, and reports not sent yet or refused.')
    .action(async () => {
      const config = await loadConfig(state())
      const paths = minionPaths(state())
      const outbox = openOutbox(paths.outbox)
      const [identity, pending, reports, refused, unfinished, cached] = await Promise.all([
        loadIdentity(state(), config.id),
        loadPendingTriggers(paths.pendingTriggers),
        outbox.list(),
        outbox.refused(),
        unfinishedRuns(paths.journal),
        catalogCache(state()).load(),
      ])
      world.print(`id           ${config.id}`)
      world.print(`master       ${formatHostPort(config.master)}`)
      world.print(`fingerprint  ${identityFingerprint(identity)}`)
      world.print(`catalog      ${cached === undefined ? 'none yet' : `generation ${cached.generation}`}`)
      world.print(`reports      ${counted(reports, 'none waiting', 'waiting')}`)
      world.print(`refused      ${counted(refused, 'none', `refused by the master, kept in ${paths.outbox}`)}`)
      world.print(`unfinished   ${counted(unfinished, 'none', 'without a report on disk')}`)
      world.print(
        `pending      ${pending.all.length === 0 ? 'no triggers' : pending.all.map(({ state, cause }) => `${state} because of ${cause}`).join('; ')}`,
      )
    })

  program
    .command('grains')
    .description('Print the grains of this minion as JSON.')
    .action(async () => world.print(JSON.stringify(await collectGrains(world.version, undefined), undefined, 2)))

  program
    .command('apply')
    .description('Apply the cached catalog, without the master.')
    .requiredOption('--cached', 'use the last catalog that this minion accepted')
    .option('--test', 'dry run: change nothing', false)
    .action(async ({ test }: { test: boolean }) => {
      const report = await applyCached(state(), test, world)
      for (const { outcome, type, id, durationMs, problem } of report.results) {
        if (outcome !== 'unchanged')
          world.print(
            `${outcome.padEnd(12)} ${type} ${id} (${durationText(durationMs)})${problem === undefined ? '' : `: ${problem.message}`}`,
          )
      }
      for (const { key, outcome, durationMs, problem } of report.checks ?? []) {
        if (outcome !== 'passed')
          world.print(
            `${outcome.padEnd(12)} check ${key} (${durationText(durationMs)})${problem === undefined ? '' : `: ${problem.message}`}`,
          )
      }
      world.print(
        Object.entries(report.counts)
          .map(([outcome, count]) => `${count} ${outcome}`)
          .join(', '),
      )
      if (report.state !== 'done') world.setExitCode(1)
    })
  return program
}

/** Starts the agent's unit if this host has it; false when the operator must start the agent. */
async function startUnit(): Promise<boolean> {
  const isThere = await access('/lib/systemd/system/saltern-minion.service').then(
    () => true,
    () => false,
  )
  if (!isThere) return false
  const { exitCode } = await spawnProgram(['systemctl', 'restart', 'saltern-minion.service'])
  return exitCode === 0
}

async function tokenOf(file: string | undefined, world: CommandWorld): Promise<string> {
  const text =
    file === undefined
      ? await world.readSecret('Join token (not shown; paste it and press Enter): ')
      : await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
          throw new AppError(
            {
              code: 'USAGE',
              message: `join: cannot read the token file \`${file}\`: ${cause.message}`,
              hint: 'Use a file that contains the token from `master join-token create`.',
            },
            { cause },
          )
        })
  if (text.trim() !== '') return text
  throw new AppError({
    code: 'USAGE',
    message: `join: no join token was given: ${file === undefined ? 'the input' : `\`${file}\``} is empty`,
    hint: 'Paste it at a terminal, pipe it in (`minion join --master HOST < token`) or name its file (`--token-file FILE`). Or give `--root SHA256:...` and let an operator accept the key.',
  })
}

async function applyCached(stateDirectory: string, test: boolean, world: CommandWorld): Promise<Report> {
  const config = await loadConfig(stateDirectory)
  const registry = createRegistry(STATES)
  const cache = catalogCache(stateDirectory)
  if ((await cache.load()) === undefined) throw noCatalog()
  const identity = await loadIdentity(stateDirectory, config.id)
  const numbers = await loadNumbers(stateDirectory)
  const paths = minionPaths(stateDirectory)
  const run = newRunId(Date.now(), size => new Uint8Array(randomBytes(size)))
  const outbox = openOutbox(paths.outbox)
  const secrets = new KnownSecrets()
  const kept = await cachedCatalog(cache, numbers.current.masterKey, { identity, registry })
  secrets.learn(kept?.secrets ?? [])
  const release = await takeApplyTurn(
    { stateDirectory, cache, outbox, secrets, now: Date.now, log: world.log },
    { signal: world.signal, onWait: pid => world.log('run-waits', { pid }) },
  )
  try {
    // Load it only now: the run that held the lock can have fetched a newer one.
    const signed = await cache.load()
    if (signed === undefined) throw noCatalog()
    const opened = openCached(signed, numbers.current.masterKey, { identity, registry })
    const report = await runCatalog(
      { run, job: undefined, test, origin: 'local', opened },
      {
        stateDirectory,
        registry,
        cache,
        secrets,
        bootId: await readBootId(),
        now: Date.now,
        cancelled: world.signal,
        probe: probe => probeMaster(pinOf(config, numbers), probe),
        onBegin: () => undefined,
        onProgress: () => undefined,
      },
    )
    // The agent offers it to the master.
    await outbox.put(run, encodeReport(report))
    await removeJournal(paths.journal, run)
    return report
  } finally {
    await release()
  }
}

/** Counts and lists runs. Pure. */
function counted(runs: readonly string[], none: string, what: string): string {
  return runs.length === 0 ? none : `${runs.length} ${what}: ${runs.join(', ')}`
}
