import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { type Kind, word } from '../kinds.ts'
import type { ProgramResult, SystemReader } from '../system.ts'

/** The libvirt of the host itself; in plain words, whatever the host's language. */
const VIRSH = ['virsh', '--connect', 'qemu:///system', '--quiet'] as const
const ENV = { LC_ALL: 'C' } as const

/** What libvirt knows of a domain. */
export interface DomainLook {
  /** `running`, `shut off`, `paused`, ... */
  readonly state: string
  readonly autostart: boolean
  /** False: it runs, and is gone when it stops. */
  readonly persistent: boolean
  /** What it will be at its next start. */
  readonly inactive: string
}

export function domainName(): Kind<string> {
  return word('the name of a virtual machine', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
}

/** undefined: there is none of this name. LIBVIRT_UNREACHABLE, PROGRAM_MISSING. */
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

/** Whether it takes memory and time of the host: everything but `shut off` and `crashed`. Pure. */
export function isUp({ state }: DomainLook): boolean {
  return state !== 'shut off' && state !== 'crashed'
}

export function virsh(summary: string, ...words: readonly string[]): Action {
  return { do: 'run', summary, argv: [...VIRSH, ...words] }
}

/** `define` reads a file, and a socket is none: cat makes a pipe of it. */
const DEFINE = 'cat | virsh --connect qemu:///system --quiet define --validate /dev/stdin'

export function defineDomain(name: string, document: string): Action {
  return { do: 'run', summary: `define the domain ${name}`, argv: ['/bin/sh', '-c', DEFINE], stdin: document }
}

/** Asks the guest, as its power button does; what is still up after the grace is cut off. */
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
