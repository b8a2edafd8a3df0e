import { z } from 'zod/mini'
import { SIZE } from './channel.ts'
import type { WireInput } from './wire.ts'

/** No NUL, which would end an argument early. */
const word = (maximum: number) => z.string().check(z.maxLength(maximum), z.regex(/^[^\0]*$/))
const name = z.string().check(z.regex(/^[^\0:/\s-][^\0:/\s]{0,63}$/))
const argv = z.array(word(16_384)).check(z.minLength(1), z.maxLength(1000))
const path = z.string().check(z.maxLength(4096), z.regex(/^\/[^\0]*$/))
const mode = z.int().check(z.minimum(0), z.maximum(0o7777))

/** A login shell or a program, in its own terminal. */
const terminal = z.strictObject({
  kind: z.literal('terminal'),
  /** Default: the user that the agent runs as. */
  user: z.optional(name),
  /** TERM of the operator's terminal. */
  term: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/)),
  argv: z.optional(argv),
  ...SIZE,
})
export type TerminalRequest = WireInput<typeof terminal>

/** A program with three plain streams. */
const exec = z.strictObject({
  kind: z.literal('exec'),
  argv,
  user: z.optional(name),
  cwd: z.optional(path),
  env: z.optional(z.record(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)), word(16_384))),
  timeoutMs: z.optional(z.int().check(z.minimum(1), z.maximum(7 * 24 * 3_600_000))),
})

/** One TCP connection from the minion. */
const tcp = z.strictObject({
  kind: z.literal('tcp'),
  host: z.string().check(z.regex(/^[A-Za-z0-9:][A-Za-z0-9.:-]{0,254}$/)),
  port: z.int().check(z.minimum(1), z.maximum(65_535)),
})

const fileGet = z.strictObject({ kind: z.literal('file-get'), path })

const filePut = z.strictObject({
  kind: z.literal('file-put'),
  path,
  size: z.int().check(z.minimum(0)),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  mode: z.optional(mode),
  user: z.optional(name),
  group: z.optional(name),
  /** Permission bits for a new file. */
  newMode: z.optional(mode),
})

/**
 * What a session on a minion is for; part of the payload of an order. The minion can be configured to refuse some kinds
 * (`minion.yml`).
 */
export const sessionRequest = z.discriminatedUnion('kind', [terminal, exec, tcp, fileGet, filePut])
export type SessionRequest = WireInput<typeof sessionRequest>
export type SessionKind = SessionRequest['kind']
