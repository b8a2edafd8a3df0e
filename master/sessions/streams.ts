import type { ChannelFromMinion, ChannelToMinion } from '../../protocol/channel.ts'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import { secretHider } from '../../protocol/hide-secrets.ts'
import { type MinionId, newSessionId, type SessionId, type Sha256 } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { Caller } from '../access/caller.ts'
import { pickMinions } from '../access/pick.ts'
import { rightDenied } from '../access/right-denied.ts'
import { type Note, withRights } from '../access/with-rights.ts'
import type { ControlContext } from '../context.ts'
import type { FleetSnapshot } from '../control/snapshot.ts'
import type { SessionVerb } from '../store/log/fleet-events.ts'
import { createInputBuffer, type InputBuffer } from './input-buffer.ts'
import { createPendingSessionEnds, type PendingSessionEnds } from './pending-session-ends.ts'
import { createSessionSecrets, type SessionSecrets } from './session-secrets.ts'
import { planStream, type StreamAnswer, type StreamName, type StreamPlan } from './stream-contract.ts'
import { windowOf } from './stream-window.ts'

/** The operator's side of a stream. */
interface StreamPeer {
  /** The largest window of a stream that it takes. */
  readonly window: number
  /** Called once, before any channel sends. */
  readonly answer: (answer: Extract<StreamAnswer, { type: 'stream-opened' }>) => void
  readonly send: (message: ChannelFromMinion) => void
  /** Sets the handler for messages from the operator's side; called once. */
  readonly onMessage: (hear: (message: ChannelToMinion) => void) => void
}

/**
 * Opens sessions on all selected minions that are online, and resolves when all have ended. Throws problems found before any
 * began: USAGE, TARGET_…, RIGHT_DENIED; the latter also when a right is revoked during a session, which ends it. `signal`: the
 * operator's side disconnected.
 */
export type OpenStream = (
  verb: StreamName,
  input: unknown,
  peer: StreamPeer,
  signal: AbortSignal,
  caller: Caller,
) => Promise<void>

export interface Streams {
  readonly open: OpenStream
  /** Resolves when the end of every open session is in the log. */
  idle(): Promise<void>
}

export function createStreams(context: ControlContext, note: Note): Streams {
  const carried = new Set<Promise<void>>()
  const ends = createPendingSessionEnds(context)
  const secretsOn = createSessionSecrets(context)
  const open: OpenStream = async (verb, input, peer, signal, caller) =>
    withRights({ caller, signal, note }, async (held, ended) => {
      if (!held.rights.allows(verb)) throw rightDenied(held, verb, [])
      const plan = planStream(verb, input)
      const { minions, snapshot } = await pickMinions(context, held, verb, plan.target)
      const ids = minions.map(({ id }) => id)
      const online = ids.filter(id => context.links.isOnline(id))
      const connected = new Set<string>(online)
      const offline = ids.filter(id => !connected.has(id))
      const windowFor = (minion: MinionId): number =>
        windowOf({
          operator: peer.window,
          minion: context.links.largestWindow(minion),
          roundTripMs: context.links.roundTripMs(minion),
          sessions: online.length,
          ofMinion: context.channels.countOf(minion),
        })
      const channels = online.map((minion, channel) => ({ channel, minion, window: windowFor(minion) }))
      peer.answer({ type: 'stream-opened', channels, offline })
      const opening: Opening = {
        context,
        snapshot,
        verb,
        plan,
        caller: held,
        send: peer.send,
        signal: ended,
        ends,
        secretsOn,
      }
      const words = createInputBuffer(channels)
      peer.onMessage(message => words.hear(message))
      await Promise.all(
        channels.map(async channel => {
          const one = carry(opening, channel, words)
          carried.add(one)
          await one
          carried.delete(one)
        }),
      )
    })
  return {
    open,
    idle: async () => {
      await Promise.all(carried)
      ends.settle()
    },
  }
}

interface Opening {
  readonly context: ControlContext
  readonly snapshot: FleetSnapshot
  readonly verb: StreamName
  readonly plan: StreamPlan
  readonly caller: Caller
  readonly send: (message: ChannelFromMinion) => void
  readonly signal: AbortSignal
  readonly ends: PendingSessionEnds
  readonly secretsOn: SessionSecrets
}

/** One session, by its channel on the operator's side. */
interface OneSession {
  readonly channel: number
  readonly minion: MinionId
  readonly window: number
}

/** Runs one session. Logs its start before the minion gets the order, and its end. Never throws. */
async function carry(opening: Opening, session: OneSession, words: InputBuffer): Promise<void> {
  const { context, send } = opening
  const { minion, channel } = session
  try {
    await carryRecorded(opening, session, words)
  } catch (thrown) {
    const [problem] = problemsOf(thrown)
    if (!(thrown instanceof AppError)) context.warn('a session failed', { minion, problem })
    send({ type: 'channel-ended', channel, end: { problem } })
  }
}

async function carryRecorded(
  { context, snapshot, verb, plan, caller, send, signal, ends, secretsOn }: Opening,
  { minion, channel: near, window }: OneSession,
  words: InputBuffer,
): Promise<void> {
  const { now, random, store, channels, links } = context
  const session: SessionId = newSessionId(now(), random)
  const begun = performance.now()
  const { request } = plan
  // Before the session is announced: what cannot be scrubbed is not recorded, and what cannot be recorded is not opened.
  const secrets = secretsOn.of(snapshot, minion, { all: request.kind === 'terminal' })
  const recording =
    request.kind === 'terminal'
      ? await context.recordings.recorder.begin({
          session,
          title: `${caller.operator} on ${minion}`,
          width: request.columns,
          height: request.rows,
          term: request.term,
          secrets,
        })
      : undefined
  let sequence: number
  try {
    // Only now: an order that is sent while the recording begins has a higher sequence, and the minion would refuse this one.
    sequence = store.sessions.opened({
      session,
      operator: caller.operator,
      minion,
      kind: KINDS[verb],
      via: caller.via,
      ...(plan.user === undefined ? {} : { user: plan.user }),
      ...(plan.words === '' ? {} : { target: secretHider(secrets)(plan.words) }),
      recording: request.kind === 'terminal',
    })
  } catch (thrown) {
    await recording?.end()
    throw thrown
  }
  let failed: Problem | undefined
  const relay = channels.open({
    minion,
    near,
    window,
    toOperator: send,
    witness:
      recording === undefined
        ? undefined
        : {
            output: bytes => recording.output(bytes),
            resize: ({ columns, rows }) => recording.resize({ width: columns, height: rows }),
          },
    order: far => {
      try {
        const wide = window === LIMITS.channelWindowBytes ? {} : { window }
        const payload = { kind: 'open' as const, channel: far, operator: caller.operator, request, ...wide }
        return links.order(minion, { session, sequence, payload })
      } catch (thrown) {
        // For example arguments that are too long for one message.
        failed = problemsOf(thrown)[0]
        return true
      }
    },
  })
  words.handTo(near, relay)
  if (failed !== undefined) relay.fail(failed)
  const onGone = (): void => relay.close(GONE)
  signal.addEventListener('abort', onGone, { once: true })
  if (signal.aborted) onGone()
  const { end, bytesIn, bytesOut } = await relay.ended
  signal.removeEventListener('abort', onGone)
  const durationMs = Math.round(performance.now() - begun)
  const recorded = await recording?.end()
  const kept =
    recorded === undefined
      ? {}
      : { recordingSha256: recorded.sha256 as Sha256, recordingBytes: recorded.bytes, cut: recorded.cut }
  ends.tell({ session, ...end, durationMs, bytesIn, bytesOut, ...kept })
}

const KINDS: { readonly [Name in StreamName]: SessionVerb } = {
  ssh: 'ssh',
  run: 'run',
  'cp-get': 'cp',
  'cp-put': 'cp',
  forward: 'forward',
}

const GONE: Problem = { code: 'SESSION_LOST', message: 'the operator disconnected or no longer has permission' }
