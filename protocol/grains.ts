import { z } from 'zod/mini'
import type { Wire } from './wire.ts'

/** A claim that appears in other texts: one line, without characters that a terminal interprets. */
const fact = (maximum: number) => z.string().check(z.maxLength(maximum), z.regex(/^[^\p{Cc}\u2028\u2029]*$/u))
const count = z.int().check(z.minimum(0))

/**
 * Facts that a minion reports about itself. They are claims: never base secrets on them. A value that could not be read is
 * absent; grains of a newer minion that this program does not know are ignored.
 */
export const GRAINS = z.object({
  os: fact(64),
  /** For example `bookworm`. */
  oscodename: z.optional(fact(64)),
  /** For example `12`. */
  osrelease: z.optional(fact(64)),
  /** For example `debian`. */
  os_family: z.optional(fact(64)),
  arch: fact(32),
  kernel: fact(128),
  hostname: fact(255),
  fqdn: fact(255),
  num_cpus: count,
  /** Mebibytes. */
  mem_mb: count,
  /** Local address of the link's socket if it is IPv4. */
  ip4: z.optional(fact(15)),
  ip6: z.optional(fact(45)),
  /** All addresses except loopback and link-local ones. */
  addresses: z.array(fact(45)).check(z.maxLength(256)),
  /** `kvm`, `systemd-nspawn` or `none`, as reported by systemd-detect-virt(1). */
  virtual: z.optional(fact(64)),
  saltern_version: fact(32),
})
export type Grains = Wire<typeof GRAINS>
