import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Peer, PeerWork } from './peer.ts'

/** CFEngine without its server: `cf-agent` with a policy file. */
export const CFENGINE: Peer = {
  name: 'CFEngine',
  program: 'cf-agent',
  exits: [0],
  failure: /^ *error:/m,
  prepare(work, policy, target) {
    const promises = promisesOf(work, policy, target)
    if (promises === undefined) return undefined
    const file = join(policy, 'bench.cf')
    // cf-agent refuses a policy that others could have written.
    writeFileSync(file, `${promises}\n`, { mode: 0o600 })
    return ['cf-agent', '--no-lock', '--file', file]
  },
}

function promisesOf(work: PeerWork, policy: string, target: string): string | undefined {
  switch (work.kind) {
    case 'files':
      return bundle(
        'files',
        work.files.map(({ name, contents }) => `"${join(target, name)}" content => "${contents}", perms => owned;`),
      )
    case 'templates': {
      const template = join(policy, 'template')
      writeFileSync(template, 'host = {{{vars.sys.fqhost}}}\n')
      const names = Array.from({ length: work.count }, (_, index) => join(target, `file-${index}`))
      const source = `edit_template => "${template}", template_method => "mustache"`
      const edit = `create => "true", ${source}, perms => owned, edit_defaults => no_backup`
      return bundle(
        'files',
        names.map(name => `"${name}" ${edit};`),
        // Else it keeps a copy beside each file.
        'body edit_defaults no_backup { edit_backup => "false"; }',
      )
    }
    case 'services':
      return bundle(
        'services',
        work.names.map(name => `"${name}" service_policy => "start", service_method => bootstart;`),
        'body service_method bootstart { service_type => "generic"; service_autostart_policy => "boot_time"; }',
      )
    case 'packages':
      return bundle(
        'packages',
        work.names.map(name => `"${name}" policy => "present", package_module => apt_get;`),
        `body package_module apt_get { query_installed_ifelapsed => "0"; query_updates_ifelapsed => "1440"; }`,
      )
  }
}

function bundle(kind: string, promises: readonly string[], bodies = ''): string {
  const perms = 'body perms owned { mode => "0644"; owners => { "root" }; groups => { "root" }; rxdirs => "false"; }'
  return `bundle agent main\n{\n${kind}:\n  ${promises.join('\n  ')}\n}\n${perms}\n${bodies}`
}
