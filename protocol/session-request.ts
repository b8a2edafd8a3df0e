import { z } from 'zod/mini'
import { SIZE, type TerminalSize } from './channel.ts'

/** What a session on a minion is for. The minion may refuse kinds of it (`minion.yml`). */
export type SessionRequest = TerminalRequest | ExecRequest | TcpRequest | FileGetRequest | FilePutRequest

/** A login shell, or a program, in a terminal of its own. */
export interface TerminalRequest extends TerminalSize {
  readonly kind: 'terminal'
  /** Absent: whom the agent runs as. */
  readonly user?: string | undefined
  /** TERM of the operator's terminal. */
  readonly term: string
  readonly argv?: readonly string[] | undefined
}

/** A program with three plain streams. */
export interface ExecRequest {
  readonly kind: 'exec'
  readonly argv: readonly string[]
  readonly user?: string | undefined
  readonly cwd?: string | undefined
  readonly env?: { readonly [name: string]: string } | undefined
  readonly timeoutMs?: number | undefined
}

/** One TCP connection from the minion. */
export interface TcpRequest {
  readonly kind: 'tcp'
  readonly host: string
  readonly port: number
}

export interface FileGetRequest {
  readonly kind: 'file-get'
  readonly path: string
}

export interface FilePutRequest {
  readonly kind: 'file-put'
  readonly path: string
  readonly size: number
  readonly sha256: string
  readonly mode?: number | undefined
  readonly user?: string | undefined
  readonly group?: string | undefined
  /** Permission bits of a file that was not there. */
  readonly newMode?: number | undefined
}

export type SessionKind = SessionRequest['kind']

/** No NUL: it would end an argument early. */
const word = (maximum: number) => z.string().check(z.maxLength(maximum), z.regex(/^[^\0]*$/))
const name = z.string().check(z.regex(/^[^\0:/\s-][^\0:/\s]{0,63}$/))
const argv = z.array(word(16_384)).check(z.minLength(1), z.maxLength(1000))
const path = z.string().check(z.maxLength(4096), z.regex(/^\/[^\0]*$/))
const mode = z.int().check(z.minimum(0), z.maximum(0o7777))

/** Gate of a request, in the payload of an order. */
export const sessionRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('terminal'),
    user: z.optional(name),
    term: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/)),
    argv: z.optional(argv),
    ...SIZE,
  }),
  z.strictObject({
    kind: z.literal('exec'),
    argv,
    user: z.optional(name),
    cwd: z.optional(path),
    env: z.optional(z.record(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)), word(16_384))),
    timeoutMs: z.optional(z.int().check(z.minimum(1), z.maximum(7 * 24 * 3_600_000))),
  }),
  z.strictObject({
    kind: z.literal('tcp'),
    host: z.string().check(z.regex(/^[A-Za-z0-9:][A-Za-z0-9.:-]{0,254}$/)),
    port: z.int().check(z.minimum(1), z.maximum(65_535)),
  }),
  z.strictObject({ kind: z.literal('file-get'), path }),
  z.strictObject({
    kind: z.literal('file-put'),
    path,
    size: z.int().check(z.minimum(0)),
    sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    mode: z.optional(mode),
    user: z.optional(name),
    group: z.optional(name),
    newMode: z.optional(mode),
  }),
])
