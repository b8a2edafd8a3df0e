import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { type Kind, word } from '../kinds.ts'
import type { ProgramResult, SystemReader } from '../system.ts'

/** Connects to the system's libvirt; output is in English, whatever the host's language. */
const VIRSH = ['virsh', '--connect', 'qemu:///system', '--quiet'] as const
const ENV = { LC_ALL: 'C' } as const

/** A domain as known to libvirt. */
export interface DomainLook {
  /** `running`, `shut off`, `paused`, ... */
  readonly state: string
  readonly autostart: boolean
  /** False when it disappears as soon as it stops. */
  readonly persistent: boolean
  /** XML of its next start. */
  readonly inactive: string
}

export function domainName(): Kind<string> {
  return word('the name of a virtual machine', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
}

/** Reads a domain; undefined when there is none of this name. Throws LIBVIRT_UNREACHABLE or PROGRAM_MISSING. */
export async function lookAtDomain(system: SystemReader, name: string): Promise<DomainLook | undefined> {
  const info = await system.query([...VIRSH, 'dominfo', name], { env: ENV })
  if (info.exitCode !== 0) {
    if (/failed to get domain|Domain not found/i.test(info.stderr)) return undefined
    throw unreachable(info)
  }
  const said = (field: string): string => new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(info.stdout)?.[1]?.trim() ?? ''
  const dump = await system.query([...VIRSH, 'dumpxml', '--inactive', name], { env: ENV })
  if (dump.exitCode !== 0) throw unreachable(dump)
  return {
    state: said('State'),
    autostart: said('Autostart') === 'enable',
    persistent: said('Persistent') === 'yes',
    inactive: dump.stdout,
  }
}

/** True when it uses memory and CPU of the host: in every state except `shut off` and `crashed`. Pure. */
export function isUp({ state }: DomainLook): boolean {
  return state !== 'shut off' && state !== 'crashed'
}

export function virsh(summary: string, ...words: readonly string[]): Action {
  return { do: 'run', summary, argv: [...VIRSH, ...words] }
}

/** `define` needs a file and cannot open a socket, so cat turns it into a pipe. */
const DEFINE = 'cat | virsh --connect qemu:///system --quiet define --validate /dev/stdin'

export function defineDomain(name: string, document: string): Action {
  return { do: 'run', summary: `define the domain ${name}`, argv: ['/bin/sh', '-c', DEFINE], stdin: document }
}

/** Asks the guest to shut down, like its power button; after the grace period it is powered off. */
const STOP = `up() { [ "$(LC_ALL=C virsh --connect qemu:///system --quiet domstate "$1" | head -n 1)" != 'shut off' ]; }
virsh --connect qemu:///system --quiet shutdown "$1"
left=$2
while up "$1" && [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
if up "$1"; then virsh --connect qemu:///system --quiet destroy "$1"; fi`

export function stopDomain(name: string, grace: number): Action {
  const summary = `shut the domain ${name} down, within ${grace} s`
  return { do: 'run', summary, argv: ['/bin/sh', '-c', STOP, 'stop', name, String(grace)] }
}

function unreachable({ stderr, exitCode }: ProgramResult): AppError {
  return new AppError({
    code: 'LIBVIRT_UNREACHABLE',
    message: `libvirt does not answer: ${stderr.trim() === '' ? `exit code ${exitCode}` : stderr.trim()}`,
    hint: 'Require the `service.running` of `libvirtd`; see `systemctl status libvirtd` and `journalctl -u libvirtd`.',
  })
}
