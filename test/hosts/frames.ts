import type { LabHost } from './lab/host.ts'

/** Builds Ethernet frames as hex, to be sent and captured by a guest that is a network namespace on a bridge. */

const bytes = (...values: readonly number[]): string =>
  values.map(value => value.toString(16).padStart(2, '0')).join('')
const u16 = (value: number): string => value.toString(16).padStart(4, '0')
const macHex = (mac: string): string => mac.replaceAll(':', '')
const ip4Hex = (ip: string): string => bytes(...ip.split('.').map(Number))
const textHex = (text: string): string => Buffer.from(text).toString('hex')

/** Expands an address with `::` to eight groups, as hex. */
function ip6Hex(ip: string): string {
  const [head = '', tail = ''] = ip.split('::')
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'))
  const missing = 8 - groups(head).length - groups(tail).length
  const all = ip.includes('::') ? [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)] : groups(ip)
  return all.map(group => group.padStart(4, '0')).join('')
}

const BROADCAST = 'ff:ff:ff:ff:ff:ff'

export function ethernet(to: string, from: string, type: number, payload: string): string {
  return macHex(to) + macHex(from) + u16(type) + payload
}

/** Builds an ARP request or an announcement of a guest, with the marker after it. */
export function arp(from: string, sender: string, target: string, marker: string): string {
  const body = `0001080006040001${macHex(from)}${ip4Hex(sender)}000000000000${ip4Hex(target)}`
  return ethernet(BROADCAST, from, 0x0806, body + textHex(marker))
}

export function udp4(mac: string, from: string, ports: readonly [number, number], marker: string): string {
  const data = textHex(marker)
  const length = data.length / 2
  const udp = `${u16(ports[0])}${u16(ports[1])}${u16(8 + length)}0000${data}`
  const head = (sum: string): string => {
    return `4500${u16(28 + length)}000000004011${sum}${ip4Hex(from)}${ip4Hex('255.255.255.255')}`
  }
  return ethernet(BROADCAST, mac, 0x0800, head(checksum(head('0000'))) + udp)
}

/** Computes the checksum of an IPv4 header: the ones' complement of the sum of its 16-bit words. */
function checksum(header: string): string {
  const sum = (header.match(/.{4}/g) ?? []).reduce((total, word) => total + Number.parseInt(word, 16), 0)
  const folded = (sum & 0xffff) + (sum >> 16)
  return u16(~((folded & 0xffff) + (folded >> 16)) & 0xffff)
}

export function udp6(mac: string, from: string, ports: readonly [number, number], marker: string): string {
  const data = textHex(marker)
  const udp = `${u16(ports[0])}${u16(ports[1])}${u16(8 + data.length / 2)}0000${data}`
  return ethernet(
    '33:33:00:00:00:01',
    mac,
    0x86dd,
    `60000000${u16(udp.length / 2)}1140${ip6Hex(from)}${ip6Hex('ff02::1')}${udp}`,
  )
}

/** Builds an ICMPv6 message to all nodes: type 134 is a router advertisement, 135 a neighbour solicitation. */
export function icmp6(mac: string, from: string, type: number, marker: string): string {
  const data = `${bytes(type, 0)}0000${'00000000'}${textHex(marker)}`
  return ethernet(
    '33:33:00:00:00:01',
    mac,
    0x86dd,
    `60000000${u16(data.length / 2)}3aff${ip6Hex(from)}${ip6Hex('ff02::1')}${data}`,
  )
}

/** A guest that is not a virtual machine: a namespace with a port on a bridge of the host. */
export interface StandInGuest {
  readonly host: LabHost
  readonly name: string
  readonly port: string
  readonly mac: string
  readonly addresses: readonly string[]
  readonly mtu: number
}

export async function plugIn({ host, name, port, mac, addresses, mtu }: StandInGuest, bridge: string): Promise<void> {
  await host.must(['ip', 'netns', 'add', name])
  await host.must(['ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name])
  await host.must(['ip', 'link', 'set', port, 'mtu', String(mtu), 'master', bridge, 'up'])
  await host.must(['ip', '-n', name, 'link', 'set', 'eth0', 'address', mac, 'mtu', String(mtu), 'up'])
  for (const address of addresses) {
    const noDad = address.includes(':') ? ['nodad'] : []
    await host.must(['ip', '-n', name, 'address', 'add', address, 'dev', 'eth0', ...noDad])
  }
}

const SEND = `socket(my $s, 17, 3, 768) or die "socket: $!\\n";
open my $f, '<', '/sys/class/net/eth0/ifindex'; my $to = pack('S n l S C C a8', 17, 3, <$f>, 0, 0, 6, '');
while (<STDIN>) { chomp; send($s, pack('H*', $_), 0, $to) or die "send: $!\\n" }`

/** Sends frames in order, as fast as possible. */
export async function sendFrames({ host, name }: StandInGuest, frames: readonly string[]): Promise<void> {
  await host.must(['ip', 'netns', 'exec', name, 'perl', '-e', SEND], { stdin: `${frames.join('\n')}\n` })
}

const CATCH = `socket(my $s, 17, 3, 768) or die "socket: $!\\n"; setsockopt($s, 1, 8, 8388608); $| = 1; print "ready\\n"; alarm 30;
while (defined recv($s, my $b, 65535, 0)) { print unpack('H*', $b), "\\n" }`

/** Captures all frames that reach a guest until one with the marker `end` arrives. `send` is called when the guest listens. */
export async function catchFrames(
  { host, name }: StandInGuest,
  end: string,
  send: () => Promise<void>,
): Promise<readonly string[]> {
  const child = host.spawn(['ip', 'netns', 'exec', name, 'perl', '-e', CATCH])
  const lines: string[] = []
  let rest = ''
  let heard: () => void = () => undefined
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    heard()
  })
  const ended = new Promise<void>(resolve => {
    child.on('exit', () => resolve())
  })
  const until = async (found: () => boolean): Promise<void> => {
    while (!found() && child.exitCode === null && child.signalCode === null) {
      const more = new Promise<void>(resolve => {
        heard = resolve
      })
      await Promise.race([more, ended])
    }
  }
  await until(() => lines.includes('ready'))
  await send()
  await until(() => lines.some(line => line.includes(textHex(end))))
  child.kill('SIGKILL')
  return lines
}

/** True when a frame with the marker arrived. */
export function came(lines: readonly string[], marker: string): boolean {
  return lines.some(line => line.includes(textHex(marker)))
}
