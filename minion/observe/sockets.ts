import type { ListeningSocket } from '../../protocol/observations.ts'

/** State numbers in /proc/net: TCP in LISTEN; UDP without a peer. */
const LISTENS = { tcp: '0A', udp: '07' } as const

/** Parses listening sockets from /proc/net/tcp, tcp6, udp or udp6. Pure. */
export function parseSockets(proto: ListeningSocket['proto'], text: string): readonly ListeningSocket[] {
  // A busy host has thousands of connections: only lines with this remote port and state are taken apart.
  const listens = `:0000 ${LISTENS[proto]} `
  const lines = text.split('\n').filter(line => line.includes(listens))
  return lines.flatMap(line => {
    const [, local = ''] = line.trim().split(/\s+/)
    const [hexAddress = '', hexPort = ''] = local.split(':')
    const address = addressOf(hexAddress)
    return address === undefined ? [] : [{ proto, address, port: Number.parseInt(hexPort, 16) }]
  })
}

/** The kernel writes words of four bytes in host byte order (little-endian on all servers that Debian runs on). */
function addressOf(hex: string): string | undefined {
  if (!/^([0-9A-F]{8}){1,4}$/i.test(hex)) return undefined
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(word => {
    return (word.match(/../g) ?? []).map(byte => Number.parseInt(byte, 16)).reverse()
  })
  if (bytes.length === 4) return bytes.join('.')
  const isMapped = bytes.slice(0, 10).every(byte => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  if (isMapped) return bytes.slice(12).join('.')
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0)).toString(16),
  )
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
