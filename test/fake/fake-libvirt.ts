import { parseXml } from '../../states/lib/xml.ts'
import { createFakeSystem, type FakeSystem } from './fake-system.ts'

/** A domain of the fake libvirt. */
export interface FakeDomain {
  readonly state: string
  readonly autostart?: boolean
  readonly persistent?: boolean
  readonly inactive: string
}

const NOT_THERE = { exitCode: 1, stdout: '', stderr: "error: failed to get domain 'web1'\n" }
const DOWN = { exitCode: 1, stdout: '', stderr: 'error: failed to connect to the hypervisor\n' }

/**
 * Creates a host whose libvirt knows at most one domain, named web1. Like the real libvirt it adds a machine version, bus
 * addresses and devices of its own to a definition.
 */
export function createLibvirtHost(
  first: FakeDomain | undefined,
  { isDown = false } = {},
): FakeSystem & { readonly domain: () => FakeDomain | undefined } {
  let domain = first
  const host = createFakeSystem({
    query(argv) {
      const [program, , , , verb, ...rest] = argv
      if (program !== 'virsh') return undefined
      if (isDown) return DOWN
      if (domain === undefined) return NOT_THERE
      if (verb === 'dominfo' && rest[0] === 'web1') {
        return `Name:           web1
State:          ${domain.state}
Persistent:     ${domain.persistent === false ? 'no' : 'yes'}
Autostart:      ${domain.autostart === true ? 'enable' : 'disable'}
`
      }
      return verb === 'dumpxml' ? domain.inactive : undefined
    },
    run({ argv, stdin }) {
      const words = argv.join(' ')
      if (words.includes('define --validate')) {
        const text = String(stdin)
        if (parseXml(text) === undefined) return false
        domain = { state: 'shut off', autostart: false, ...domain, inactive: asLibvirtKeepsIt(text) }
        return true
      }
      if (domain === undefined) return false
      if (words.endsWith('autostart web1')) domain = { ...domain, autostart: true }
      else if (words.endsWith('autostart --disable web1')) domain = { ...domain, autostart: false }
      else if (words.endsWith('start web1') || words.endsWith('resume web1')) domain = { ...domain, state: 'running' }
      else if (/ stop web1 \d+$/.test(words))
        domain = domain.persistent === false ? undefined : { ...domain, state: 'shut off' }
      else if (words.includes(' undefine web1') || words.includes(' migrate ')) domain = undefined
      else return false
      return true
    },
  })
  return Object.assign(host, { domain: () => domain })
}

/** Returns a definition as `virsh dumpxml --inactive` shows it. */
function asLibvirtKeepsIt(text: string): string {
  return text
    .replace("machine='q35'", "machine='pc-q35-7.2'")
    .replace('<vcpu>', "<vcpu placement='static'>")
    .replace('</devices>', "<controller type='usb' index='0'/><input type='mouse' bus='ps2'/></devices>")
    .replaceAll('</interface>', "<address type='pci' slot='0x00'/></interface>")
}
