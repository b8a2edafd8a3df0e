import { existsSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesBelow, PROJECT, readSource } from './source-files.ts'

/** Which rooms a room may import, and why. A room is the longest of these paths that a file is or lies under. */
const WALLS: { readonly [room: string]: { readonly may: readonly string[]; readonly because: string } } = {
  protocol: { may: [], because: 'the wire must be readable alone' },
  states: {
    may: ['protocol', 'states/lib'],
    because: 'a state must run against a fake host with nothing started',
  },
  'states/lib': {
    may: ['protocol', 'states'],
    because: 'what state types share knows the contract, and no state type',
  },
  minion: {
    may: [
      'protocol',
      'states',
      'minion/apply',
      'minion/channel',
      'minion/checks',
      'minion/config.ts',
      'minion/grains',
      'minion/identity.ts',
      'minion/jobs',
      'minion/link',
      'minion/observe',
      'minion/state',
      'minion/system',
    ],
    because: 'the agent joins its modules, and must not contain the secrets or code of the master',
  },
  'minion/config.ts': {
    may: ['protocol', 'minion/state'],
    because: 'modules read the settings, which know none of them',
  },
  'minion/identity.ts': { may: ['protocol', 'minion/state'], because: 'modules use the key, which knows none of them' },
  'minion/system': {
    may: ['protocol', 'states', 'minion/state'],
    because: 'the host as the contract of states has it: it knows neither catalog nor master',
  },
  'minion/state': { may: ['protocol', 'minion/system'], because: 'files of the state directory, whatever is in them' },
  'minion/grains': { may: ['protocol', 'minion/system'], because: 'facts are read without a master and a catalog' },
  'minion/observe': { may: ['protocol', 'states', 'minion/grains'], because: 'what is observed changes nothing' },
  'minion/apply': {
    may: ['protocol', 'states', 'minion/state', 'minion/system'],
    because: 'a catalog is applied the same with and without a master',
  },
  'minion/checks': {
    may: ['protocol', 'states', 'minion/apply', 'minion/system'],
    because: 'checks run after the states, with their secrets, and without a master',
  },
  'minion/link': {
    may: ['protocol', 'minion/config.ts', 'minion/state', 'minion/system'],
    because: 'the connection carries messages and does not know what they order',
  },
  'minion/channel': {
    may: ['protocol', 'states', 'minion/config.ts', 'minion/system'],
    because: 'a session runs programs and does not know the link that carries it',
  },
  'minion/jobs': {
    may: [
      'protocol',
      'states',
      'minion/apply',
      'minion/checks',
      'minion/link',
      'minion/observe',
      'minion/state',
      'minion/system',
    ],
    because: 'an order of the master becomes a run here, and nowhere else',
  },
  'master/yaml': {
    may: ['protocol'],
    because: 'positions in files are the words that fleet, pillar and compiler share',
  },
  'master/address': { may: [], because: 'arithmetic of IP addresses, which every room may need' },
  'master/target': { may: ['protocol', 'master/yaml'], because: 'target words are pure' },
  'master/compile': {
    may: ['protocol', 'states', 'master/yaml', 'master/address'],
    because: 'the compiler is a pure function',
  },
  'master/fleet': {
    may: ['protocol', 'master/yaml', 'master/target', 'master/schedule', 'master/address'],
    because: 'a leaf; its top file speaks target words',
  },
  'master/pillar': {
    may: ['protocol', 'master/yaml', 'master/target'],
    because: 'a leaf; its top file speaks target words',
  },
  'master/keys': { may: ['protocol'], because: 'a leaf: what it needs of others is handed in' },
  'master/link': { may: ['protocol', 'master/keys'], because: 'a leaf; the session asks the rules of first contact' },
  'master/store': {
    may: ['protocol', 'master/keys', 'master/schedule'],
    because: 'a leaf; it implements the port of the keys and keeps the words of the schedule',
  },
  'master/runbook': {
    may: ['protocol', 'master/yaml'],
    because: 'the words of a runbook; who carries it out renders and does them',
  },
  'master/certificates': { may: ['protocol'], because: 'a leaf: what it needs of others is handed in' },
  'master/contract': {
    may: ['protocol', 'master/address'],
    because: 'judging is pure: what was seen and looked up is handed in',
  },
  'master/compliance': { may: ['protocol'], because: 'judging is pure: the verb gathers, this room decides' },
  'master/backup': { may: ['protocol'], because: 'a leaf: the copy of the store is handed in' },
  'master/recordings': { may: ['protocol'], because: 'a leaf: what was shown goes in, a file comes out' },
  'master/metrics': { may: ['protocol'], because: 'a leaf: it is handed facts and shows them' },
  'master/schedule': {
    may: ['protocol', 'master/yaml', 'master/target'],
    because: 'the words of schedule.yml, which fleet, delivery and control share; what is due is pure',
  },
  'master/delivery': {
    may: ['protocol', 'master/schedule'],
    because: 'a leaf: it brings a document somewhere and knows nothing of the fleet',
  },
  'master/control': {
    may: [
      'master/recordings',
      'master/metrics',
      'master/compliance',
      'protocol',
      'states',
      'master/yaml',
      'master/target',
      'master/compile',
      'master/contract',
      'master/fleet',
      'master/pillar',
      'master/keys',
      'master/link',
      'master/store',
      'master/certificates',
      'master/schedule',
      'master/runbook',
      'master/delivery',
      'master/address',
    ],
    because: 'it joins the leaves, and knows no verb: the verbs are made of it',
  },
  'master/verbs': {
    may: [
      'master/control',
      'master/recordings',
      'master/metrics',
      'master/compliance',
      'protocol',
      'states',
      'master/yaml',
      'master/target',
      'master/compile',
      'master/contract',
      'master/fleet',
      'master/pillar',
      'master/keys',
      'master/link',
      'master/store',
      'master/certificates',
      'master/schedule',
      'master/runbook',
      'master/delivery',
      'master/address',
    ],
    because: 'a verb is one use case of control; doors come through here',
  },
  'master/api': {
    may: ['protocol', 'master/control', 'master/verbs'],
    because: 'a door does nothing that a verb does not',
  },
  'master/shell': {
    may: ['protocol', 'master/control', 'master/verbs', 'master/api', 'master/cli'],
    because: 'a door does nothing that a verb does not; it types the words of the CLI',
  },
  'master/cli': {
    may: ['protocol', 'master/control', 'master/verbs', 'master/api', 'master/compliance', 'master/recordings'],
    because:
      'a door does nothing that a verb does not; a report reads the same on a screen, in a file and in a mail, and a recording plays from the lines that were kept',
  },
}

/** Composition roots: they build every room and are imported by nobody but each other. */
const ROOTS = [
  'master/main.ts',
  'master/daemon.ts',
  'master/migrate.ts',
  'master/config.ts',
  'master/config-file.ts',
  'master/wiring/background.ts',
  'master/wiring/backup.ts',
  'master/wiring/listeners.ts',
  'master/wiring/metrics.ts',
  'master/wiring/open-state.ts',
  'minion/main.ts',
]

/** Rooms without clock, random, disk and network. */
const PURE = [
  'master/address',
  'master/compile',
  'master/compliance',
  'master/contract',
  'master/schedule',
  'master/target',
  'master/yaml',
]

const PACKAGES_OF_PROTOCOL = ['msgpackr', 'zod/mini']

interface Import {
  readonly from: string
  readonly what: string
}

const files = filesBelow(['protocol', 'states', 'minion', 'master'], '.ts')
const imports: readonly Import[] = files.flatMap(from => importsOf(from))

describe('the walls between the rooms', () => {
  it('every file lies in a room that the table names', () => {
    expect(files.filter(file => !ROOTS.includes(file) && roomOf(file) === undefined)).toEqual([])
  })

  it('no room imports another one than the table allows', () => {
    const forbidden = imports.flatMap(({ from, what }) => {
      const target = ownFile(from, what)
      if (target === undefined || ROOTS.includes(from)) return []
      const room = roomOf(from) ?? from
      const other = ROOTS.includes(target) ? target : roomOf(target)
      if (other === room || other === undefined) return []
      const wall = WALLS[room]
      return wall?.may.includes(other) ? [] : [`${from} imports ${other}: not so, because ${wall?.because}`]
    })

    expect(forbidden).toEqual([])
  })

  it('pure rooms import no module of node', () => {
    const found = imports.filter(({ from, what }) => PURE.includes(roomOf(from) ?? '') && isBuiltin(what))

    expect(found).toEqual([])
  })

  it('protocol imports no package but msgpackr and zod/mini', () => {
    const foreign = imports.filter(({ from, what }) => {
      return (
        roomOf(from) === 'protocol' && !what.startsWith('.') && !isBuiltin(what) && !PACKAGES_OF_PROTOCOL.includes(what)
      )
    })

    expect(foreign).toEqual([])
  })

  it('scripts and tests are imported by nobody', () => {
    const found = imports.filter(({ from, what }) => /^(scripts|test)\//.test(ownFile(from, what) ?? ''))

    expect(found).toEqual([])
  })

  it('every import of ours names a file that is there', () => {
    const missing = imports.filter(({ from, what }) => {
      const target = ownFile(from, what)
      return target !== undefined && !existsSync(join(PROJECT, target))
    })

    expect(missing).toEqual([])
  })
})

function roomOf(file: string): string | undefined {
  return Object.keys(WALLS)
    .filter(room => file === room || file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0]
}

function ownFile(from: string, what: string): string | undefined {
  return what.startsWith('.') ? normalize(join(dirname(from), what)) : undefined
}

function isBuiltin(what: string): boolean {
  return what.startsWith('node:') || builtinModules.includes(what)
}

function importsOf(from: string): readonly Import[] {
  const found = readSource(from).matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(?:type\s)?[^'"`;]*?from\s*'([^']+)'|import\(\s*'([^']+)'/g,
  )
  return [...found].map(([, named, dynamic]) => ({ from, what: named ?? dynamic ?? '' }))
}
