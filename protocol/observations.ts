import { z } from 'zod/mini'
import type { StateKey } from './ids.ts'
import type { Wire } from './wire.ts'

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

/** A socket that waits for others: TCP in LISTEN, or UDP bound to no peer. */
const socket = z.object({
  proto: z.enum(['tcp', 'udp']),
  /** `0.0.0.0` and `::` mean every address of the host. */
  address: z.string().check(z.maxLength(64)),
  port,
})
export type ListeningSocket = Wire<typeof socket>

const mount = z.object({
  path: text,
  /** For example `/dev/vdb1`. */
  device: text,
  fsType: text,
})
export type Mount = Wire<typeof mount>

/** Whether a TCP connect to a port of the host, made on the host itself, was answered. */
const portAnswer = z.object({
  port,
  answers: z.boolean(),
  /** Why not, such as `ECONNREFUSED`. */
  reason: z.optional(text),
})
export type PortAnswer = Wire<typeof portAnswer>

/** A certificate as it really lies on disk, at the path of a `tls.certificate` state. */
const certificateSeen = z.object({
  state: z.custom<StateKey>(value => typeof value === 'string'),
  path: text,
  /** ISO 8601; absent when there is none that can be read. */
  notAfter: z.optional(z.string().check(z.maxLength(40))),
})
export type CertificateSeen = Wire<typeof certificateSeen>

/** What a minion saw of its own host at the end of a run: claims of that host, for contracts to be judged by. */
export const OBSERVATIONS_SCHEMA = z.object({
  /** ISO 8601. */
  at: z.string().check(z.maxLength(40)),
  sockets: short(socket, OBSERVATION_LIMITS.sockets),
  /** Without those of the kernel (proc, sysfs, cgroups, ...). */
  mounts: short(mount, OBSERVATION_LIMITS.mounts),
  /** All addresses but loopback and link-local ones. */
  addresses: short(z.string().check(z.maxLength(64)), OBSERVATION_LIMITS.addresses),
  /** One for each TCP port that the contracts of its roles name. */
  answers: short(portAnswer, OBSERVATION_LIMITS.answers),
  certificates: short(certificateSeen, OBSERVATION_LIMITS.certificates),
  /** True: some list was longer than its limit, and was cut. */
  cut: z.optional(z.boolean()),
})
export type Observations = Wire<typeof OBSERVATIONS_SCHEMA>
