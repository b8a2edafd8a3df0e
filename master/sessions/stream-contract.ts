import { z } from 'zod'
import type { Problem } from '../../protocol/errors.ts'
import { AppError } from '../../protocol/errors.ts'
import { isMinionId } from '../../protocol/ids.ts'
import { type SessionRequest, sessionRequest } from '../../protocol/session-request.ts'
import type { VerbRight } from '../access/verb-right.ts'
import { LONGEST_TARGET } from '../target/parse.ts'

/** Header of the request for a stream: the largest window of a stream that the operator's side takes. */
export const WINDOW_HEADER = 'saltern-window'

/** Verbs that open sessions on minions: they respond with streams (`GET /v1/stream`), not with lines. */

const minion = z.string().refine(isMinionId, 'expected the id of one minion')
const target = z.string().min(1).max(LONGEST_TARGET)
/** One minion by its id, or all of a target. */
const whom = { minion: minion.optional(), target: target.optional() }
const user = z.string().min(1).optional()
const argv = z.array(z.string()).readonly()
const mode = z.number().int().min(0).max(0o7777).optional()

/** Schemas of the input of an operator; details are checked with the request that it becomes. */
export const STREAM_INPUTS = {
  ssh: z.strictObject({
    minion,
    user,
    term: z.string(),
    columns: z.number(),
    rows: z.number(),
    argv: argv.optional(),
  }),
  run: z.strictObject({
    target,
    argv,
    user,
    cwd: z.string().optional(),
    timeoutMs: z.number().optional(),
  }),
  'cp-get': z.strictObject({ ...whom, path: z.string() }),
  'cp-put': z.strictObject({
    ...whom,
    path: z.string(),
    size: z.number(),
    sha256: z.string(),
    mode,
    user,
    group: z.string().optional(),
    newMode: mode,
  }),
  forward: z.strictObject({ minion, host: z.string(), port: z.number() }),
} as const

export type StreamName = keyof typeof STREAM_INPUTS
/** Rights to work on a minion by hand; each use is recorded by two events of its own. */
export const STREAM_RIGHTS: { readonly [Name in StreamName]: VerbRight } = {
  ssh: { on: 'minions', kind: 'write' },
  run: { on: 'minions', kind: 'write' },
  'cp-get': { on: 'minions', kind: 'write' },
  'cp-put': { on: 'minions', kind: 'write' },
  forward: { on: 'minions', kind: 'write' },
}

export type StreamInputOf<Name extends StreamName> = z.input<(typeof STREAM_INPUTS)[Name]>

/** The first message of a stream: which channels there are, or why there are none. A later refusal ends all of them. */
export type StreamAnswer =
  | {
      readonly type: 'stream-opened'
      readonly channels: readonly {
        readonly channel: number
        readonly minion: string
        /** The window of each stream; absent: `LIMITS.channelWindowBytes`. */
        readonly window?: number
      }[]
      /** Selected, but offline. */
      readonly offline: readonly string[]
    }
  | { readonly type: 'stream-refused'; readonly problems: readonly Problem[] }

/** A stream as planned from the operator's input. */
export interface StreamPlan {
  readonly target: string
  readonly request: SessionRequest
  /** User to run as on the minion; undefined: the user the agent runs as. */
  readonly user: string | undefined
  /** Text for the log: a program with its arguments, a path, a port. */
  readonly words: string
}

export function isStreamName(text: string): text is StreamName {
  return Object.hasOwn(STREAM_INPUTS, text)
}

/** Plans a stream. Throws USAGE with every invalid place of the input. Pure. */
export function planStream(verb: StreamName, input: unknown): StreamPlan {
  const plan = plans[verb](input)
  gate(verb, sessionRequest.safeParse(plan.request))
  return plan
}

const plans: { readonly [Name in StreamName]: (input: unknown) => StreamPlan } = {
  ssh: input => {
    const { minion: id, user, argv, ...size } = gate('ssh', STREAM_INPUTS.ssh.safeParse(input))
    const request = { kind: 'terminal' as const, ...size, ...given({ user, argv }) }
    return { target: only(id), request, user, words: (argv ?? []).join(' ') }
  },
  run: input => {
    const { target, ...wish } = gate('run', STREAM_INPUTS.run.safeParse(input))
    return { target, request: { kind: 'exec', ...wish }, user: wish.user, words: wish.argv.join(' ') }
  },
  'cp-get': input => {
    const { minion: id, target: many, path } = gate('cp-get', STREAM_INPUTS['cp-get'].safeParse(input))
    return { target: oneOrMany('cp-get', id, many), request: { kind: 'file-get', path }, user: undefined, words: path }
  },
  'cp-put': input => {
    const { minion: id, target: many, ...file } = gate('cp-put', STREAM_INPUTS['cp-put'].safeParse(input))
    return {
      target: oneOrMany('cp-put', id, many),
      request: { kind: 'file-put', ...file },
      user: undefined,
      words: file.path,
    }
  },
  forward: input => {
    const { minion: id, host, port } = gate('forward', STREAM_INPUTS.forward.safeParse(input))
    return { target: only(id), request: { kind: 'tcp', host, port }, user: undefined, words: `${host}:${port}` }
  },
}

/** Targets one minion by id, even if that id is a word with another meaning in targets. Pure. */
function only(id: string): string {
  return `id=${id}`
}

function oneOrMany(verb: StreamName, id: string | undefined, many: string | undefined): string {
  if (id !== undefined && many === undefined) return only(id)
  if (id === undefined && many !== undefined) return many
  throw new AppError({
    code: 'USAGE',
    message: `${verb}: expected one of \`minion\` and \`target\`, found ${id === undefined ? 'neither' : 'both'}`,
  })
}

type Checked<Value> =
  | { readonly success: true; readonly data: Value }
  | {
      readonly success: false
      readonly error: {
        readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
      }
    }

function gate<Value>(verb: StreamName, checked: Checked<Value>): Value {
  if (checked.success) return checked.data
  throw new AppError(
    checked.error.issues.map(({ path, message }) => ({
      code: 'USAGE' as const,
      message: `${verb}: ${path.length === 0 ? '' : `\`${path.map(String).join('.')}\`: `}${message}`,
    })) as [Problem, ...Problem[]],
  )
}

function given<Values extends object>(values: Values): { [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
