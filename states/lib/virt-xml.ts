import { sha256Of } from '../../protocol/catalog.ts'
import { firstMissing, parseXml, writeXml, type XmlElement, xml } from './xml.ts'

/** A virtual machine as its state declares it. */
export interface WantedDomain {
  readonly name: string
  readonly uuid: string | undefined
  readonly type: 'kvm' | 'qemu'
  readonly arch: 'x86_64' | 'aarch64'
  readonly machine: string | undefined
  readonly firmware: 'bios' | 'efi'
  readonly cpu: string
  readonly memory_mb: number
  readonly vcpus: number
  readonly disks: readonly {
    readonly path: string
    readonly device: 'disk' | 'cdrom'
    readonly format: string | undefined
    readonly bus: string | undefined
    readonly cache: string
    readonly readonly: boolean
  }[]
  readonly interfaces: readonly {
    readonly bridge: string
    readonly mac: string
    readonly target: string | undefined
    readonly mtu: number | undefined
    readonly model: string
  }[]
}

const NAMESPACE = 'https://saltern.invalid/domain/1'

/** Builds the XML for libvirt. It contains its own digest, so that every change of the data is detected. Pure. */
export function domainDocument(wanted: WantedDomain): string {
  const digest = sha256Of(writeXml(domainXml(wanted)))
  const mark = xml('saltern:declared', { 'xmlns:saltern': NAMESPACE, digest })
  const { children, ...rest } = domainXml(wanted)
  return writeXml({ ...rest, children: [...children, xml('metadata', {}, [mark])] })
}

/**
 * The first difference between a defined domain and the wanted one; undefined when it matches. Ignores what libvirt adds,
 * except disks and interfaces. Pure.
 */
export function domainDrift(wanted: WantedDomain, inactive: string): string | undefined {
  const found = parseXml(inactive)
  if (found === undefined) return '/domain'
  const document = parseXml(domainDocument(wanted))
  if (document === undefined) throw new TypeError('a domain of ours is no XML')
  const missing = firstMissing(withoutMachine(document), found)
  if (missing !== undefined) return missing
  const count = (domain: XmlElement, kind: string): number => {
    const devices = domain.children.find(({ name }) => name === 'devices')
    return devices?.children.filter(({ name }) => name === kind).length ?? 0
  }
  return ['disk', 'interface'].find(kind => count(found, kind) !== count(document, kind))
}

/**
 * The uuid of a domain. Derived from the name unless given, because without one each definition would create a new domain.
 * Pure.
 */
function uuidOf({ name, uuid }: Pick<WantedDomain, 'name' | 'uuid'>): string {
  if (uuid !== undefined) return uuid
  const hex = sha256Of(`saltern domain ${name}`)
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

/**
 * Removes the machine type, because libvirt adds its version, such as `pc-q35-7.2` for `q35`; the digest covers the declared
 * one.
 */
function withoutMachine(domain: XmlElement): XmlElement {
  const { machine: _, ...attributes } = domain.attributes
  return { ...domain, attributes, children: domain.children.map(withoutMachine) }
}

function domainXml(wanted: WantedDomain): XmlElement {
  const { arch, type, cpu, firmware, memory_mb: memory, vcpus, disks, interfaces } = wanted
  const kib = memory * 1024
  const isArm = arch === 'aarch64'
  return xml('domain', { type }, [
    xml('name', {}, wanted.name),
    xml('uuid', {}, uuidOf(wanted)),
    xml('memory', { unit: 'KiB' }, kib),
    xml('currentMemory', { unit: 'KiB' }, kib),
    xml('vcpu', {}, vcpus),
    xml('os', firmware === 'efi' ? { firmware: 'efi' } : {}, [
      xml('type', { arch, machine: wanted.machine ?? (isArm ? 'virt' : 'q35') }, 'hvm'),
      xml('boot', { dev: 'hd' }),
    ]),
    xml('features', {}, [xml('acpi'), isArm ? undefined : xml('apic')]),
    cpuXml(cpu),
    xml('on_poweroff', {}, 'destroy'),
    xml('on_reboot', {}, 'restart'),
    xml('on_crash', {}, 'restart'),
    xml('devices', {}, [
      ...disks.map(diskXml),
      ...interfaces.map(interfaceXml),
      xml('serial', { type: 'pty' }, [xml('target', { port: 0 })]),
      xml('console', { type: 'pty' }, [xml('target', { type: 'serial', port: 0 })]),
      xml('memballoon', { model: 'virtio' }),
      xml('rng', { model: 'virtio' }, [xml('backend', { model: 'random' }, '/dev/urandom')]),
    ]),
  ])
}

function cpuXml(cpu: string): XmlElement {
  if (cpu === 'host-passthrough') return xml('cpu', { mode: cpu, migratable: 'on' })
  if (cpu === 'host-model' || cpu === 'maximum') return xml('cpu', { mode: cpu })
  return xml('cpu', { mode: 'custom', match: 'exact' }, [xml('model', {}, cpu)])
}

function diskXml(
  { path, device, format, bus, cache, readonly: isReadonly }: WantedDomain['disks'][number],
  index: number,
): XmlElement {
  const isDisk = device === 'disk'
  const chosen = bus ?? (isDisk ? 'virtio' : 'sata')
  const prefix = chosen === 'virtio' ? 'vd' : 'sd'
  // Native AIO requires that the page cache is bypassed.
  const io = isDisk && cache === 'none' ? 'native' : undefined
  return xml('disk', { type: 'file', device }, [
    xml('driver', { name: 'qemu', type: format ?? (isDisk ? 'qcow2' : 'raw'), cache: isDisk ? cache : undefined, io }),
    xml('source', { file: path }),
    xml('target', { dev: `${prefix}${String.fromCharCode(97 + index)}`, bus: chosen }),
    isReadonly || !isDisk ? xml('readonly') : undefined,
  ])
}

function interfaceXml({ bridge, mac, target, mtu, model }: WantedDomain['interfaces'][number]): XmlElement {
  return xml('interface', { type: 'bridge' }, [
    xml('mac', { address: mac }),
    xml('source', { bridge }),
    target === undefined ? undefined : xml('target', { dev: target }),
    xml('model', { type: model }),
    mtu === undefined ? undefined : xml('mtu', { size: mtu }),
  ])
}
