import { access, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { Command } from 'commander'
import { durationText } from '../protocol/duration.ts'
import { AppError } from '../protocol/errors.ts'
import { formatHostPort } from '../protocol/host-port.ts'
import { SUPPORTED_VERSIONS } from '../protocol/version.ts'
import { versionText } from '../protocol/version-text.ts'

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

/** Builds the commands of the minion. Each loads what it needs when it runs: all of it is the agent. */
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
      const { newMinionId } = await import('../protocol/ids.ts')
      const { parseMasterAddress } = await import('./config.ts')
      const { joinFleet } = await import('./join.ts')
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
      const { runAgent } = await import('./agent.ts')
      const { loadConfig } = await import('./config.ts')
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
      const { showStatus } = await import('./show-status.ts')
      await showStatus(state(), world.print)
    })

  program
    .command('grains')
    .description('Print the grains of this minion as JSON.')
    .action(async () => {
      const { collectGrains } = await import('./grains/collect.ts')
      world.print(JSON.stringify(await collectGrains(world.version, undefined), undefined, 2))
    })

  program
    .command('apply')
    .description('Apply the cached catalog, without the master.')
    .requiredOption('--cached', 'use the last catalog that this minion accepted')
    .option('--test', 'dry run: change nothing', false)
    .action(async ({ test }: { test: boolean }) => {
      const { applyCached } = await import('./apply-cached.ts')
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
  const { spawnProgram } = await import('./system/spawn.ts')
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
