/**
 * Facts that a minion tells of itself. They are claims: never a ground for secrets. A value that could not be read is
 * absent.
 */
export interface Grains {
  readonly os: string
  /** Such as `bookworm`. */
  readonly oscodename?: string
  /** Such as `12`. */
  readonly osrelease?: string
  /** Such as `debian`. */
  readonly os_family?: string
  readonly arch: string
  readonly kernel: string
  readonly hostname: string
  readonly fqdn: string
  readonly num_cpus: number
  /** Mebibytes. */
  readonly mem_mb: number
  /** Address of the local end of the link's socket, when it is IPv4. */
  readonly ip4?: string
  readonly ip6?: string
  /** All addresses but loopback and link-local ones. */
  readonly addresses: readonly string[]
  /** `kvm`, `systemd-nspawn`, `none`, as systemd-detect-virt(1) says. */
  readonly virtual?: string
  readonly saltern_version: string
}
