import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, scalarText, word } from '../kinds.ts'
import { pathTaken } from '../lib/file-plan.ts'
import { normalSysctl, sysctlIn, sysctlPath, withSysctl } from '../lib/sysctl-file.ts'
import { required, withDefault } from '../params.ts'
import type { FileStatus } from '../system.ts'

interface Current {
  readonly status: FileStatus | undefined
  /** Text of the file that keeps the value across reboots. */
  readonly text: string
  /** The kernel's current value; undefined when it does not know the setting. */
  readonly live: string | undefined
}

export const sysctlPresent = defineState({
  name: 'sysctl.present',
  summary: 'Sets a kernel parameter now and at boot.',
  nameKind: word(
    'the name of a kernel setting, such as `net.ipv4.ip_forward`',
    /^[A-Za-z0-9_:@-]+([./][A-Za-z0-9_:@-]+)+$/,
  ),
  params: {
    value: required(scalarText(), 'Value; separate several words with one space.'),
    config: withDefault(
      absolutePath(),
      '/etc/sysctl.d/60-saltern.conf',
      'File that stores the setting; its other lines are not changed.',
    ),
  },
  owns: ({ name }) => `sysctl:${sysctlPath(name)}`,
  async read(system, { name, config }): Promise<Current> {
    const status = await system.stat(config)
    const text = status?.kind === 'file' ? ((await system.readText(config)) ?? '') : ''
    return { status, text, live: await system.readText(sysctlPath(name)) }
  },
  plan({ name, value, config }, { status, text, live }) {
    if (live === undefined) throw sysctlMissing(name)
    if (status !== undefined && status.kind !== 'file') throw pathTaken(config, 'a file of kernel settings', status)
    const wanted = normalSysctl(value)
    const actions: Action[] = []
    if (normalSysctl(live) !== wanted) {
      // Change the kernel first: a value that it refuses must not be loaded at the next boot.
      actions.push({ do: 'run', summary: `set ${name} to ${wanted}`, argv: ['sysctl', '-w', `${name}=${wanted}`] })
    }
    if (sysctlIn(text, name) !== wanted) {
      const content = withSysctl(text, name, wanted)
      const ownership = status === undefined ? { owner: 'root', group: 'root' } : {}
      actions.push({
        do: 'write-file',
        path: config,
        content,
        mode: status?.mode ?? '0644',
        showDiff: true,
        ...ownership,
      })
    }
    return actions
  },
})

function sysctlMissing(key: string): AppError {
  return new AppError({
    code: 'SYSCTL_MISSING',
    message: `this kernel has no setting \`${key}\`: there is no \`${sysctlPath(key)}\``,
    hint: 'Check the spelling, or load the kernel module that provides it (`modprobe br_netfilter` for `net.bridge.*`).',
  })
}
