import { z } from 'zod/mini'
import type { StateKey } from './ids.ts'
import type { Wire } from './wire.ts'

/** Maximum length of each list: a host with thousands of sockets must not produce a report that is too large to send. */
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

/** A listening socket: TCP in LISTEN, or UDP without a peer. */
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

/** Whether a TCP connection to a port of the host, made on the host itself, was accepted. */
const portAnswer = z.object({
  port,
  answers: z.boolean(),
  /** The reason for a failure, such as `ECONNREFUSED`. */
  reason: z.optional(text),
})
export type PortAnswer = Wire<typeof portAnswer>

/** A certificate as found on disk, at the path of a `tls.certificate` state. */
const certificateSeen = z.object({
  state: z.custom<StateKey>(value => typeof value === 'string'),
  path: text,
  /** ISO 8601; absent when there is no readable certificate. */
  notAfter: z.optional(z.string().check(z.maxLength(40))),
})
export type CertificateSeen = Wire<typeof certificateSeen>

/** What a minion observed on its host at the end of a run: claims of that host, used to check contracts. */
export const OBSERVATIONS_SCHEMA = z.object({
  /** ISO 8601. */
  at: z.string().check(z.maxLength(40)),
  sockets: short(socket, OBSERVATION_LIMITS.sockets),
  /** Without filesystems of the kernel (proc, sysfs, cgroups, ...). */
  mounts: short(mount, OBSERVATION_LIMITS.mounts),
  /** All addresses except loopback and link-local ones. */
  addresses: short(z.string().check(z.maxLength(64)), OBSERVATION_LIMITS.addresses),
  /** One for each TCP port named in the contracts of its roles. */
  answers: short(portAnswer, OBSERVATION_LIMITS.answers),
  certificates: short(certificateSeen, OBSERVATION_LIMITS.certificates),
  /** True when a list was truncated to its limit. */
  cut: z.optional(z.boolean()),
})
export type Observations = Wire<typeof OBSERVATIONS_SCHEMA>
