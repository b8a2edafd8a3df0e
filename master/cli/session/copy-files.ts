import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError, type Problem, problemsOf } from '../../../protocol/errors.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'
import { dataText, isData } from '../output.ts'
import type { CopyWish } from '../place.ts'
import { type Copied, type CopyAnswer, copiedLine, renderCopies } from '../render/copy.ts'
import { getFile, putFile } from './copy-session.ts'
import { type Counter, createCounter } from './counter.ts'
import { factsOf, placeFor } from './local-file.ts'
import { isAway } from './minion-away.ts'
import { openRemote, type Remote } from './open-remote.ts'
import type { RemoteChannel } from './remote-channel.ts'

type CopyInvocation = Extract<Invocation, { readonly kind: 'copy' }>

/** How many files are read or written at once, whatever the number of minions. */
const AT_ONCE = 16

/** `master cp`. Throws what was wrong before anything was copied, and what went wrong with the one minion that was named. */
export async function copyFiles(context: CliContext, invocation: CopyInvocation): Promise<number> {
  const { wish, view } = invocation
  const { remote, one } = await opened(context, invocation)
  const [only] = remote.channels
  if (namesOne(wish.target, remote)) {
    if (only === undefined) throw isAway(wish.target)
    const to = wish.way === 'put' || wish.to === '-' ? wish.to : await placeFor(wish.to, wish.from)
    const copied = await one(only, to)
    if (wish.to !== '-') context.out(isData(view) ? dataText(copied, view) : copiedLine(copied))
    return EXIT.fine
  }
  if (wish.way === 'get' && wish.to === '-') {
    for (const channel of remote.channels) channel.close()
    throw new AppError({
      code: 'USAGE',
      message: `\`${wish.target}\` can be several minions, and one file goes to stdout`,
      hint: 'Name a directory: each file is put below the id of its minion.',
    })
  }
  const progress = createCounter(
    context,
    remote.channels.map(({ minion }) => minion),
    view.quiet,
  )
  const answer = await copyAll(remote, wish, one, progress).finally(progress.stop)
  context.out(isData(view) ? dataText(answer, view) : renderCopies(wish, answer, context.outStyle))
  return context.signal.aborted ? EXIT.interrupted : exitOfCopies(answer)
}

/** One copy by an open channel, to a place on the minion or here. */
type CopyOne = (channel: RemoteChannel, to: string) => Promise<Copied>

async function opened(
  context: CliContext,
  { wish, owner, socket }: CopyInvocation,
): Promise<{ readonly remote: Remote; readonly one: CopyOne }> {
  const { target, from } = wish
  const client = context.connect(socket)
  if (wish.way === 'get') {
    return {
      remote: await openRemote(client, 'cp-get', { target, path: from }),
      one: async (channel, to) => {
        const place = to === '-' ? context.stdout() : to
        const { size, sha256 } = await getFile(channel, place, context.signal)
        return { minion: channel.minion, from, to, size, sha256 }
      },
    }
  }
  const { size, sha256, mode } = await factsOf(from)
  return {
    remote: await openRemote(client, 'cp-put', { target, path: wish.to, size, sha256, newMode: mode, ...owner }),
    one: async (channel, to) => {
      await putFile(channel, from, context.signal)
      return { minion: channel.minion, from, to, size, sha256 }
    },
  }
}

/** Named by its id, and not by another word that happens to select only this one. Pure. */
function namesOne(target: string, { channels, offline }: Remote): boolean {
  const picked = [...channels.map(({ minion }) => minion), ...offline]
  return picked.length === 1 && picked[0] === target
}

/** A failure on one minion stops no other. */
async function copyAll(
  { channels, offline }: Remote,
  wish: CopyWish,
  one: CopyOne,
  progress: Counter,
): Promise<CopyAnswer> {
  const copies: Copied[] = []
  const failed: { minion: string; problem: Problem }[] = []
  const waiting = [...channels]
  const work = async (): Promise<void> => {
    for (let channel = waiting.shift(); channel !== undefined; channel = waiting.shift()) {
      const { minion } = channel
      try {
        copies.push(await one(channel, wish.way === 'put' ? wish.to : await placeOf(wish, minion)))
      } catch (thrown) {
        channel.close()
        failed.push({ minion, problem: problemsOf(thrown)[0] })
      }
      progress.ended(minion)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const byMinion = (a: { readonly minion: string }, b: { readonly minion: string }): number =>
    a.minion < b.minion ? -1 : 1
  return { copies: copies.sort(byMinion), failed: failed.sort(byMinion), offline }
}

/** `logs/web1/syslog`: a directory for each minion, which is made. */
async function placeOf({ from, to }: CopyWish, minion: string): Promise<string> {
  const directory = join(to, minion)
  try {
    await mkdir(directory, { recursive: true })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const problem = {
      code: 'FILE_UNWRITABLE',
      message: `cannot make the directory \`${directory}\`: ${code ?? message}`,
    }
    throw new AppError(problem as Problem, { cause })
  }
  return join(directory, basename(from))
}

/** 0 all fine, 1 some failed, 4 somebody was unreachable. Pure. */
function exitOfCopies({ failed, offline }: CopyAnswer): ExitCode {
  return worstOf([...failed.map(() => EXIT.failed), ...offline.map(() => EXIT.unreachable)])
}
