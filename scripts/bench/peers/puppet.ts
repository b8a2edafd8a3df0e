import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Peer, PeerWork } from './peer.ts'

/** Puppet without its server: `puppet apply` with a manifest. */
export const PUPPET: Peer = {
  name: 'Puppet',
  program: 'puppet',
  // 2: it changed something.
  exits: [0, 2],
  prepare(work, policy, target) {
    const file = join(policy, 'bench.pp')
    writeFileSync(file, `${resourcesOf(work, policy, target).join('\n')}\n`)
    return ['puppet', 'apply', '--detailed-exitcodes', file]
  },
}

function resourcesOf(work: PeerWork, policy: string, target: string): readonly string[] {
  const owned = "owner => 'root', group => 'root', mode => '0644'"
  switch (work.kind) {
    case 'files':
      return work.files.map(({ name, contents }) => {
        return `file { '${join(target, name)}': ensure => file, ${owned}, content => '${contents}' }`
      })
    case 'templates': {
      const template = join(policy, 'template.epp')
      writeFileSync(template, "host = <%= $facts['networking']['fqdn'] %>\n")
      return Array.from({ length: work.count }, (_, index) => {
        return `file { '${join(target, `file-${index}`)}': ensure => file, ${owned}, content => epp('${template}') }`
      })
    }
    case 'services':
      return work.names.map(name => `service { '${name}': ensure => running, enable => true }`)
    case 'packages':
      return work.names.map(name => `package { '${name}': ensure => installed }`)
  }
}
