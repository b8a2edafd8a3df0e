import { AppError } from '../../../protocol/errors.ts'
import type { CliContext } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'
import { dataText, eventText, isData } from '../output.ts'
import { renderProblems } from '../render/problems.ts'
import { renderRun, runAsJson } from '../render/run.ts'
import { renderSshConfig } from '../render/ssh-config.ts'
import { safe } from '../render/style.ts'
import { createCounter } from './counter.ts'
import { carryStdio, listenForward } from './forward-session.ts'
import { isAway } from './minion-away.ts'
import { openRemote } from './open-remote.ts'
import type { RemoteChannel } from './remote-channel.ts'
import { exitOfMany, exitOfOne, type RemoteOutcome } from './remote-outcome.ts'
import { runGrouped, runRaw } from './run-session.ts'
import { runTerminal, sizeOf } from './terminal-session.ts'

type Of<Kind extends Invocation['kind']> = Extract<Invocation, { readonly kind: Kind }>

/** Runs `master run`. Throws problems found before anything ran. */
export async function runOnMinions(context: CliContext, invocation: Of<'run'>): Promise<number> {
  const { target, argv, wish, view, socket } = invocation
  const { channels, offline } = await openRemote(context.connect(socket), 'run', { target, argv, ...wish })
  const stdin = invocation.stdin ? context.stdin() : undefined
  const [only] = channels
  const picked = [...channels.map(({ minion }) => minion), ...offline]
  // The target is the id itself, not another word that happens to select only this minion.
  if (!isData(view) && picked.length === 1 && picked[0] === target) {
    if (only === undefined) throw isAway(target)
    const end = await runRaw(only, { stdin, stdout: context.stdout(), stderr: context.stderr() }, context.signal)
    if ('problem' in end && context.signal.aborted) return EXIT.interrupted
    if ('problem' in end) context.err(renderProblems([end.problem], context.errStyle))
    return exitOfOne(end)
  }
  if (offline.length > 0 && !view.quiet) context.err(`offline: ${offline.map(minion => safe(minion)).join(', ')}\n`)
  const minions = channels.map(({ minion }) => minion)
  const progress = createCounter(context, minions, view.quiet)
  const onEnd = ({ minion }: RemoteOutcome): void => progress.ended(minion)
  const outcomes = await runGrouped(channels, stdin, context.signal, onEnd).finally(progress.stop)
  const answer = { outcomes, offline }
  context.out(isData(view) ? dataText(runAsJson(answer), view) : renderRun(answer, context.outStyle))
  return context.signal.aborted ? EXIT.interrupted : exitOfMany(answer)
}

/** Runs `master ssh`. `term`: the type of the local terminal. */
export async function openTerminal(context: CliContext, invocation: Of<'ssh'>, term = 'dumb'): Promise<number> {
  const { minion, argv, user, socket } = invocation
  const local = { input: context.stdin(), output: context.stdout() }
  if (!context.stdinIsTerminal || local.input.isTTY !== true) {
    throw new AppError({
      code: 'USAGE',
      message: '`master ssh` needs a terminal',
      hint: `For programs and pipes: \`master run ${safe(minion)} -- PROGRAM\`.`,
    })
  }
  const wish = { ...(argv === undefined ? {} : { argv }), ...(user === undefined ? {} : { user }) }
  const request = { minion, term, ...sizeOf(local), ...wish }
  const channel = onlyOne(await openRemote(context.connect(socket), 'ssh', request), minion)
  const end = await runTerminal(channel, local, context.signal)
  if ('problem' in end) context.err(renderProblems([end.problem], context.errStyle))
  return exitOfOne(end)
}

/** Runs `master forward`, on a local port or over stdin and stdout. */
export async function forwardPort(context: CliContext, invocation: Of<'forward'>): Promise<number> {
  const { minion, to, listen, socket, view } = invocation
  const client = context.connect(socket)
  const open = async (): Promise<RemoteChannel> =>
    onlyOne(await openRemote(client, 'forward', { minion, ...to }), minion)
  if (listen === undefined) {
    await carryStdio(await open(), { stdin: context.stdin(), stdout: context.stdout() }, context.signal)
    return context.signal.aborted ? EXIT.interrupted : EXIT.fine
  }
  const where = to.host === '127.0.0.1' ? String(to.port) : `${to.host}:${to.port}`
  const told = {
    listening: (address: string) => {
      const opened = { listening: address, minion, to }
      if (view.output === 'ndjson') context.out(eventText(opened))
      else if (view.output === 'json') context.out(`${JSON.stringify(opened)}\n`)
      else context.out(`forwarding ${address} to port ${where} of ${minion} until ctrl-C\n`)
    },
    broke: (thrown: AppError) => context.err(renderProblems(thrown.problems, context.errStyle)),
  }
  await listenForward(listen, open, told, context.signal)
  return EXIT.interrupted
}

/** Runs `master ssh-config`. `socket` is set when a plain `master` would not find the master. */
export async function printSshConfig(
  context: CliContext,
  { target, view, socket }: Of<'ssh-config'>,
  named: string | undefined,
): Promise<number> {
  const input = target === undefined ? {} : { target }
  const result = await context.connect(socket).call('ssh-config', input)
  context.out(isData(view) ? dataText(result, view) : renderSshConfig({ ...result, socket: named }))
  return EXIT.fine
}

function onlyOne(opened: { readonly channels: readonly RemoteChannel[] }, minion: string): RemoteChannel {
  const [channel] = opened.channels
  if (channel !== undefined) return channel
  throw isAway(minion)
}
