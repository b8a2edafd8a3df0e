import { describe, expect, it } from 'vitest'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'
import { keyOf, runStates, type StateWish, wordsOf } from './engine-scene.ts'

const CONF = '/etc/app.conf'
const OTHER = '/etc/other.conf'
const CONF_KEY = keyOf('file.managed', CONF)
const OTHER_KEY = keyOf('file.managed', OTHER)
const ROOT = { name: 'root', uid: 0, gid: 0, group: 'root', gecos: '', home: '/root', shell: '/bin/bash', groups: [] }

/** A host on which `true` and `false` behave as named, and `/etc/app.conf` contains `a`. */
function host(): FakeSystem {
  return createFakeSystem({
    users: { root: ROOT },
    groups: { root: { name: 'root', gid: 0, members: [] } },
    files: {
      '/': { directory: true },
      '/etc': { directory: true },
      [CONF]: { content: 'a' },
      [OTHER]: { content: 'o' },
    },
    run: () => true,
    query: argv => ({ exitCode: argv[0] === 'true' ? 0 : 1, stdout: '', stderr: '' }),
  })
}

const conf = (contents: string): StateWish => ({ type: 'file.managed', name: CONF, params: { contents } })
const program = (wish: Partial<StateWish>): StateWish => ({
  type: 'cmd.run',
  name: 'load',
  params: { cmd: ['load'] },
  ...wish,
})

/** Guards that skip the state in the current state of the host. */
const SKIPPING = [
  { name: 'onlyif', guards: { onlyif: [['false']] } },
  { name: 'unless', guards: { unless: [['true']] } },
  { name: 'creates', guards: { creates: [CONF] } },
] as const

describe('a guard in a dry run', () => {
  for (const { name, guards } of SKIPPING) {
    for (const requisite of ['require', 'watch', 'onchanges'] as const) {
      it(`a dry run reports may-change when \`${name}\` skips now and a state in its ${requisite} would change`, async () => {
        const requisites = { [requisite]: [CONF_KEY] }

        const { results } = await runStates(host(), [conf('b'), program({ guards, requisites })], { test: true })

        expect(wordsOf(results)).toEqual([`would-change ${CONF}`, 'may-change load'])
        expect(results[1]?.note).toContain('a state that it depends on would change first')
      })
    }

    it(`a dry run reports may-change when \`${name}\` skips now and an indirect requisite would change`, async () => {
      const between: StateWish = {
        type: 'file.managed',
        name: OTHER,
        params: { contents: 'o' },
        requisites: { require: [CONF_KEY] },
      }
      const last = program({ guards, requisites: { require: [OTHER_KEY] } })

      const { results } = await runStates(host(), [conf('b'), between, last], { test: true })

      expect(wordsOf(results)).toEqual([`would-change ${CONF}`, `unchanged ${OTHER}`, 'may-change load'])
    })

    it(`a dry run skips a state when its \`${name}\` skips and no state it depends on would change`, async () => {
      const last = program({ guards, requisites: { require: [CONF_KEY] } })

      const { results } = await runStates(host(), [conf('a'), last], { test: true })

      expect(wordsOf(results)).toEqual([`unchanged ${CONF}`, 'skipped load'])
    })

    it(`an apply skips a state when its \`${name}\` still skips after the change`, async () => {
      const last = program({ guards, requisites: { require: [CONF_KEY] } })

      const { results } = await runStates(host(), [conf('b'), last])

      expect(wordsOf(results)).toEqual([`changed ${CONF}`, 'skipped load'])
    })
  }
})
