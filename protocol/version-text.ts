/** The versions that matter when two hosts do not understand each other. */
interface Versions {
  /** Of Saltern; a build between releases has the commit behind a `+`. */
  readonly version: string
  readonly node: string
  /** Of the wire, best first. */
  readonly protocol: readonly number[]
}

/** Formats versions as `0.1.0 (build 121.g538efb5), Node 24.21.0, protocol 1`. Pure. */
export function versionText({ version, node, protocol }: Versions): string {
  const [release = '', build] = version.split('+')
  const built = build === undefined ? '' : ` (build ${build})`
  return `${release}${built}, Node ${node}, protocol ${protocol.join(' and ')}`
}
