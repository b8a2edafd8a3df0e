/** Facts that minions report about themselves; `grains.ts` says what each may hold, and needs a package to say so. */
export const GRAIN_NAMES = [
  'os',
  'oscodename',
  'osrelease',
  'os_family',
  'arch',
  'kernel',
  'hostname',
  'fqdn',
  'num_cpus',
  'mem_mb',
  'ip4',
  'ip6',
  'addresses',
  'virtual',
  'saltern_version',
] as const
export type GrainName = (typeof GRAIN_NAMES)[number]

export function isGrainName(word: string): word is GrainName {
  return (GRAIN_NAMES as readonly string[]).includes(word)
}
