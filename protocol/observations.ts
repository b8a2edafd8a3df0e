import { z } from 'zod/mini'
import type { StateKey } from './ids.ts'

/** A socket that waits for others: TCP in LISTEN, or UDP bound to no peer. */
export interface ListeningSocket {
  readonly proto: 'tcp' | 'udp'
  /** `0.0.0.0` and `::` mean every address of the host. */
  readonly address: string
  readonly port: number
}

export interface Mount {
  readonly path: string
  /** Such as `/dev/vdb1`. */
  readonly device: string
  readonly fsType: string
}

/** Whether a TCP connect to a port of the host, made on the host itself, was answered. */
export interface PortAnswer {
  readonly port: number
  readonly answers: boolean
  /** Why not, such as `ECONNREFUSED`. */
  readonly reason?: string
}

/** A certificate as it really lies on disk, at the path of a `tls.certificate` state. */
export interface CertificateSeen {
  readonly state: StateKey
  readonly path: string
  /** ISO 8601; absent when there is none that can be read. */
  readonly notAfter?: string
}

/** What a minion saw of its own host at the end of a run: claims of that host, for contracts to be judged by. */
export interface Observations {
  /** ISO 8601. */
  readonly at: string
  readonly sockets: readonly ListeningSocket[]
  /** Without those of the kernel (proc, sysfs, cgroups, ...). */
  readonly mounts: readonly Mount[]
  /** All addresses but loopback and link-local ones. */
  readonly addresses: readonly string[]
  /** One for each TCP port that the contracts of its roles name. */
  readonly answers: readonly PortAnswer[]
  readonly certificates: readonly CertificateSeen[]
  /** True: some list was longer than its limit, and was cut. */
  readonly cut?: boolean
}

/** How long each list may be: a host with thousands of sockets must not make a report that nobody can carry. */
export const OBSERVATION_LIMITS = {
  sockets: 512,
  mounts: 256,
  addresses: 128,
  answers: 256,
  certificates: 128,
} as const

const text = z.string().check(z.maxLength(4096))
const port = z.int().check(z.minimum(0), z.maximum(65_535))
const short = <Item extends z.ZodMiniType>(item: Item, most: number) => z.array(item).check(z.maxLength(most))

export const OBSERVATIONS_SCHEMA = z.strictObject({
  at: z.string().check(z.maxLength(40)),
  sockets: short(
    z.strictObject({ proto: z.enum(['tcp', 'udp']), address: z.string().check(z.maxLength(64)), port }),
    OBSERVATION_LIMITS.sockets,
  ),
  mounts: short(z.strictObject({ path: text, device: text, fsType: text }), OBSERVATION_LIMITS.mounts),
  addresses: short(z.string().check(z.maxLength(64)), OBSERVATION_LIMITS.addresses),
  answers: short(z.strictObject({ port, answers: z.boolean(), reason: z.optional(text) }), OBSERVATION_LIMITS.answers),
  certificates: short(
    z.strictObject({
      state: z.custom<StateKey>(value => typeof value === 'string'),
      path: text,
      notAfter: z.optional(z.string().check(z.maxLength(40))),
    }),
    OBSERVATION_LIMITS.certificates,
  ),
  cut: z.optional(z.boolean()),
})
