import { isIPv6 } from 'node:net'

export interface HostPort {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
}

/** Formats `host:port`, or `[2001:db8::1]:port` for an IPv6 address. Pure. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/**
 * Parses `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address, whose last group is never a port; undefined for
 * anything else. Pure.
 */
export function parseHostPort(text: string, defaultPort: number): HostPort | undefined {
  if (isIPv6(text) && !text.includes('%')) return { host: text, port: defaultPort }
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9][A-Za-z0-9.-]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined
  const host = bracketed ?? plain
  const port = digits === undefined ? defaultPort : Number(digits)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}
