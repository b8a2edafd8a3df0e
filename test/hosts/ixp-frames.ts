import type { LabHost } from './lab/host.ts'

/** Sends one Ethernet frame unchanged. A frame dropped by the egress hook looks like a full queue (ENOBUFS). */
const SENDER = `socket(my $s, 17, 3, 0) or die "socket: $!";
my $to = pack("S n i S C C a8", 17, 3, $ARGV[0], 0, 0, 6, "\\xff" x 6 . "\\0\\0");
send($s, pack("H*", $ARGV[1]), 0, $to) or $! == 105 or die "send: $!"`

export async function sendFrame(host: LabHost, frame: string): Promise<void> {
  const index = (await host.readFile('/sys/class/net/host0/ifindex')).trim()
  await host.must(['perl', '-e', SENDER, index, frame])
}

/** Returns the MAC address of a host as hex digits. */
export async function macOf(host: LabHost): Promise<string> {
  return (await host.readFile('/sys/class/net/host0/address')).trim().replaceAll(':', '')
}

function ethernet(source: string, to: string, type: string, payload: string): string {
  return (to + source + type + payload).padEnd(120, '0')
}

export function lldp(source: string): string {
  return ethernet(source, '0180c200000e', '88cc', '0207')
}

/** "Who has 193.42.0.2? Tell 193.42.0.99", which is an unassigned address. */
export function foreignArp(source: string): string {
  return ethernet(source, 'ffffffffffff', '0806', `0001080006040001${source}c12a0063000000000000c12a0002`)
}

function ipv6(nextHeader: string, payload: string): string {
  const length = (payload.length / 2).toString(16).padStart(4, '0')
  return `60000000${length}${nextHeader}fffe80${'0'.repeat(27)}1ff02${'0'.repeat(27)}1${payload}`
}

export function routerAdvertisement(source: string): string {
  return ethernet(source, '333300000001', '86dd', ipv6('3a', `86000000400807080000000000000000`))
}

export function dhcpDiscover(source: string): string {
  const udp = '0044004300080000'
  return ethernet(source, 'ffffffffffff', '0800', `4500001c000000004011000000000000ffffffff${udp}`)
}
