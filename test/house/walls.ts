/** Modules of the master that know only the protocol and a few of each other, and only transform data. */
const LEAVES = [
  'protocol',
  'states',
  'master/yaml',
  'master/target',
  'master/address',
  'master/compile/language',
  'master/compile/role',
  'master/compile/catalog',
  'master/contract',
  'master/compliance',
  'master/fleet',
  'master/pillar',
  'master/keys',
  'master/link',
  'master/store',
  'master/certificates',
  'master/schedule',
  'master/delivery',
  'master/pictures',
  'master/recordings',
  'master/metrics',
  'master/doctor',
]

const RIGHTS = ['master/access', 'master/access/caller.ts', 'master/access/verb-right.ts']

/** Modules of the master that combine the leaves. */
const ROOMS = ['master/control', ...RIGHTS, 'master/jobs', 'master/sessions', 'master/scheduler', 'master/runbooks']

/**
 * Which modules a module may import, and why. A file belongs to the longest of these paths that matches it or a parent
 * directory.
 */
export const WALLS: { readonly [room: string]: { readonly may: readonly string[]; readonly because: string } } = {
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
  'master/compile/language': {
    may: ['protocol', 'states', 'master/yaml', 'master/address'],
    because: 'expressions and templates know no role',
  },
  'master/compile/role': {
    may: ['protocol', 'states', 'master/yaml', 'master/address', 'master/compile/language'],
    because: 'what the files of a role say is the same for every minion',
  },
  'master/compile/catalog': {
    may: ['protocol', 'states', 'master/yaml', 'master/address', 'master/compile/language', 'master/compile/role'],
    because: 'the catalog of one minion is a pure function of its input',
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
  'master/certificates': { may: ['protocol'], because: 'a leaf: what it needs of others is handed in' },
  'master/contract': {
    may: ['protocol', 'master/address'],
    because: 'judging is pure: what was seen and looked up is handed in',
  },
  'master/compliance': { may: ['protocol'], because: 'judging is pure: the verb gathers, this room decides' },
  'master/backup': { may: ['protocol'], because: 'a leaf: the copy of the store is handed in' },
  'master/pictures': { may: [], because: 'a leaf: a drawing goes in, a picture comes out' },
  'master/recordings': { may: ['protocol'], because: 'a leaf: what was shown goes in, a file comes out' },
  'master/doctor': {
    may: ['protocol'],
    because: 'deciding is pure: what was found on the machine, or asked of the daemon, is handed in',
  },
  'master/doctor/gather': {
    may: ['protocol', 'master/doctor', 'master/keys', 'master/store'],
    because: 'it looks at this machine, even without a daemon, and decides nothing',
  },
  'master/metrics': { may: ['protocol'], because: 'a leaf: it is handed facts and shows them' },
  'master/schedule': {
    may: ['protocol', 'master/yaml', 'master/target'],
    because: 'the words of schedule.yml, which fleet, delivery and control share; what is due is pure',
  },
  'master/delivery': {
    may: ['protocol', 'master/schedule'],
    because: 'a leaf: it brings a document somewhere and knows nothing of the fleet',
  },
  'master/context.ts': {
    may: [...LEAVES, ...ROOMS],
    because: 'the types of what the rooms share; it holds no code',
  },
  'master/access/caller.ts': {
    may: ['protocol', 'master/store', 'master/target', 'master/access/verb-right.ts'],
    because: 'every room may know who asks',
  },
  'master/access/verb-right.ts': { may: ['master/fleet'], because: 'every room may know which rights there are' },
  'master/control': {
    may: [...LEAVES, 'master/context.ts', 'master/access/caller.ts', 'master/access/verb-right.ts'],
    because: 'the fleet as it is now: it joins the leaves, and starts nothing',
  },
  'master/access': {
    may: [...LEAVES, 'master/context.ts', 'master/access/caller.ts', 'master/access/verb-right.ts', 'master/control'],
    because: 'rights are decided from the fleet, whatever is asked for',
  },
  'master/jobs': {
    may: [...LEAVES, 'master/context.ts', ...RIGHTS, 'master/control'],
    because: 'a job knows neither who ordered it on a schedule nor in a runbook',
  },
  'master/sessions': {
    may: [...LEAVES, 'master/context.ts', ...RIGHTS, 'master/control'],
    because: 'a session changes nothing in a job',
  },
  'master/scheduler': {
    may: [...LEAVES, 'master/context.ts', ...RIGHTS, 'master/control', 'master/jobs'],
    because: 'a schedule starts jobs and sends what came of them',
  },
  'master/runbooks': {
    may: [...LEAVES, 'master/context.ts', ...RIGHTS, 'master/control', 'master/jobs', 'master/sessions'],
    because: 'a step of a runbook is a job or a program in a session',
  },
  'master/wiring': {
    may: [...LEAVES, ...ROOMS, 'master/context.ts'],
    because: 'it joins rooms for the daemon, and imports no verb',
  },
  'master/verbs': {
    may: [...LEAVES, ...ROOMS, 'master/context.ts'],
    because: 'a verb is one use case; the command line, the API and the shell come through here',
  },
  'master/api': {
    may: ['protocol', ...ROOMS, 'master/context.ts', 'master/verbs'],
    because: 'the API does nothing that a verb does not',
  },
  'master/shell': {
    may: ['protocol', ...ROOMS, 'master/context.ts', 'master/verbs', 'master/api', 'master/cli'],
    because: 'the shell does nothing that a verb does not; it takes the commands of the CLI',
  },
  'master/cli': {
    may: [
      'protocol',
      ...ROOMS,
      'master/context.ts',
      'master/verbs',
      'master/api',
      'master/compliance',
      'master/recordings',
    ],
    because:
      'the CLI does nothing that a verb does not; a report reads the same on a screen, in a file and in a mail, and a recording plays from the lines that were kept',
  },
}
