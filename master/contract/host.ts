import type { ContractFinding } from '../../protocol/contract.ts'
import type { Mount, Observations } from '../../protocol/observations.ts'
import { isPublicAddress } from './addresses.ts'
import type { ContractMinion, ContractRole } from './input.ts'
import { judgePorts } from './ports.ts'

/** Filesystems that do not survive a reboot, so they are not volumes. */
const NOT_KEPT = ['tmpfs', 'ramfs', 'overlay']

/** Checks what the roles of a minion require of its host, based on what the minion reported. Pure. */
export function judgeHost(
  minion: ContractMinion,
  roles: readonly ContractRole[],
  now: number,
): readonly ContractFinding[] {
  const { observed } = minion
  if (observed === undefined) return []
  const own = roles.filter(({ name }) => minion.roles.includes(name))
  return [
    ...own.flatMap(role => [...judgeAddress(minion, role, observed), ...judgeVolume(minion, role, observed)]),
    ...judgePorts(minion, own, observed),
    ...judgeCertificates(minion, observed, now),
  ]
}

function judgeAddress(
  { id: minion, level, translated }: ContractMinion,
  { name: role, contract }: ContractRole,
  { addresses }: Observations,
): readonly ContractFinding[] {
  const { publicIp } = contract
  if (publicIp === undefined) return []
  const own = [...new Set([...addresses.filter(isPublicAddress), ...translated])]
  return [
    {
      kind: 'public_ip',
      level,
      role,
      minion,
      expected: publicIp ? 'a public address' : 'no public address',
      found: own.length === 0 ? 'none' : own.join(', '),
      ok: own.length > 0 === publicIp,
    },
  ]
}

function judgeVolume(
  { id: minion, level }: ContractMinion,
  { name: role, contract }: ContractRole,
  { mounts }: Observations,
): readonly ContractFinding[] {
  const { volume } = contract
  if (volume === undefined) return []
  const mount = mountOf(volume, mounts)
  const ok = mount !== undefined && mount.path !== '/' && !NOT_KEPT.includes(mount.fsType)
  const found = mount === undefined ? 'an unknown filesystem' : `${mount.path}: ${mount.fsType} of ${mount.device}`
  return [{ kind: 'volume', level, role, minion, expected: `${volume} on a volume of its own`, found, ok }]
}

/** Finds the mount of a path: the longest one that contains it. Pure. */
function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const above = mounts.filter(({ path: at }) => at === '/' || path === at || path.startsWith(`${at}/`))
  return [...above].sort((a, b) => b.path.length - a.path.length)[0]
}

/** Checks certificates that are on the disk. A missing or different one is reported by its state. */
function judgeCertificates(
  { id: minion, level }: ContractMinion,
  { certificates }: Observations,
  now: number,
): readonly ContractFinding[] {
  return certificates.flatMap(({ state, path, notAfter }): readonly ContractFinding[] => {
    if (notAfter === undefined) return []
    const ok = Date.parse(notAfter) > now
    const found = `${ok ? 'valid until' : 'expired at'} ${notAfter}`
    return [{ kind: 'certificate', level, minion, state, expected: `${path} not expired`, found, ok }]
  })
}
