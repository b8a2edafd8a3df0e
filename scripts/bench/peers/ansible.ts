import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Peer, PeerWork } from './peer.ts'

/** Ansible copies a file in about 0.3 s, so that more would take most of the time of the bench. */
const MOST_FILES = 100

/** Ansible on the host itself: a playbook with a local connection. */
export const ANSIBLE: Peer = {
  name: 'Ansible',
  program: 'ansible-playbook',
  exits: [0],
  prepare(work, policy, target) {
    const task = taskOf(work, policy, target)
    if (task === undefined) return undefined
    const play = [{ hosts: 'all', connection: 'local', gather_facts: work.kind === 'templates', tasks: [task] }]
    const file = join(policy, 'bench.yml')
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(play))
    return ['ansible-playbook', '-i', 'localhost,', file]
  },
}

function taskOf(work: PeerWork, policy: string, target: string): object | undefined {
  const owned = { owner: 'root', group: 'root', mode: '0644' }
  switch (work.kind) {
    case 'files': {
      if (work.files.length > MOST_FILES) return undefined
      const copy = { dest: `${target}/{{ item.name }}`, content: '{{ item.contents }}', ...owned }
      return { copy, loop: work.files, loop_control: { label: '{{ item.name }}' } }
    }
    case 'templates': {
      if (work.count > MOST_FILES) return undefined
      const src = join(policy, 'template.j2')
      writeFileSync(src, 'host = {{ ansible_facts.fqdn }}\n')
      const names = Array.from({ length: work.count }, (_, index) => `file-${index}`)
      return { template: { src, dest: `${target}/{{ item }}`, ...owned }, loop: names }
    }
    case 'services':
      return { service: { name: '{{ item }}', state: 'started', enabled: true }, loop: work.names }
    case 'packages':
      return { apt: { name: work.names, state: 'present' } }
  }
}
