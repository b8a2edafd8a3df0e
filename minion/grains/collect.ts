import { readFile } from 'node:fs/promises'
import { arch, cpus, hostname, release, totalmem } from 'node:os'
import type { Grains } from '../../protocol/grains.ts'
import { spawnProgram } from '../system/spawn.ts'
import { hostAddresses } from './addresses.ts'
import { osFamilyOf, parseOsRelease } from './parse.ts'

/** Collects the grains. `localAddress` is the local end of the link's socket: the address at which the fleet sees this host. */
export async function collectGrains(version: string, localAddress: string | undefined): Promise<Grains> {
  const os = parseOsRelease(await readFile('/etc/os-release', 'utf8').catch(() => ''))
  const name = hostname()
  const [fqdn, virtual] = await Promise.all([said(['hostname', '--fqdn']), said(['systemd-detect-virt'])])
  const addresses = hostAddresses()
  const v4 = localAddress !== undefined && !localAddress.includes(':') ? localAddress : undefined
  const v6 = localAddress?.includes(':') === true ? localAddress : undefined
  return {
    os: os.get('ID') ?? 'linux',
    os_family: osFamilyOf(os),
    ...optional('oscodename', os.get('VERSION_CODENAME')),
    ...optional('osrelease', os.get('VERSION_ID')),
    arch: arch(),
    kernel: release(),
    hostname: name,
    fqdn: fqdn ?? name,
    num_cpus: cpus().length,
    mem_mb: Math.floor(totalmem() / 1024 / 1024),
    ...optional('ip4', v4),
    ...optional('ip6', v6),
    addresses,
    ...optional('virtual', virtual),
    saltern_version: version,
  }
}

/** Reads the kernel's boot id, random(4). */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}

/** First line of a program's output; undefined when the program is missing or prints nothing. */
async function said(argv: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await spawnProgram(argv, { timeoutMs: 5_000 })
    const [line = ''] = stdout.split('\n')
    return line.trim() === '' ? undefined : line.trim()
  } catch {
    return undefined
  }
}

function optional<Key extends string>(key: Key, value: string | undefined): { readonly [key in Key]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in Key]?: string })
}
