import { type Check, type Fact, judged } from './check.ts'

/** What is installed, as far as this machine shows it. */
export interface InstallationFacts {
  /** Version of this program, and the directory it runs from. */
  readonly version: string
  readonly home: string
  /** What dpkg says about the package; undefined: it does not know one. */
  readonly dpkg: Fact<{ readonly status: string; readonly version: string } | undefined>
  /** Version of Node, and the lowest major version that works. */
  readonly node: string
  readonly leastNode: number
  /** Modules with native code; `error`: why one does not load. */
  readonly modules: readonly { readonly name: string; readonly error?: string }[]
  /** What is wrong with the settings file; absent: nothing. */
  readonly settings?: { readonly file: string; readonly message: string; readonly hint?: string }
}

/** What systemd says about the unit of the master. */
export interface UnitFacts {
  /** `loaded`, `not-found` or `masked`. */
  readonly load: string
  readonly active: string
  /** `enabled` or `disabled`. */
  readonly file: string
  /** Why it ended the last time, for example `exit-code`. */
  readonly result: string
}

/** Whether the daemon answers on its socket. */
export type DaemonFacts =
  | { readonly kind: 'answers'; readonly version: string; readonly pid: number; readonly startedAt: string }
  | { readonly kind: 'down'; readonly why: string }
  /** It answers with an error, for example because it is an older version without this verb. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It took the call and did not answer it in time. */
  | { readonly kind: 'hangs'; readonly why: string }

const subject = 'installation'
const REINSTALL = 'Type `apt-get install --reinstall ./saltern-master_*.deb`.'

/** Judges the program and its runtime. Pure. */
export function judgeInstallation(facts: InstallationFacts): readonly Check[] {
  return [programCheck(facts), ...settingsChecks(facts), runtimeCheck(facts), modulesCheck(facts)].flat()
}

function programCheck({ dpkg, home, version }: InstallationFacts): readonly Check[] {
  const check = 'program'
  if (!home.startsWith('/usr/lib/saltern/')) {
    return [{ subject, check, status: 'ok', found: `version ${version}, from the checkout ${home}` }]
  }
  return judged({ subject, check, action: 'Type `dpkg -l saltern-master`.' }, dpkg, found => {
    if (found === undefined) {
      return [
        {
          subject,
          check,
          status: 'warning',
          found: `${home} belongs to no installed package`,
          expected: 'the package saltern-master',
          action: REINSTALL,
        },
      ]
    }
    if (found.status === 'install ok installed') {
      return [{ subject, check, status: 'ok', found: `version ${found.version}, from the package` }]
    }
    return [
      {
        subject,
        check,
        status: 'problem',
        found: `dpkg says \`${found.status}\``,
        expected: 'install ok installed',
        action: 'Type `dpkg --configure -a`, then `apt-get install -f`.',
      },
    ]
  })
}

function settingsChecks({ settings }: InstallationFacts): readonly Check[] {
  if (settings === undefined) return []
  const { file, message, hint } = settings
  return [
    {
      subject,
      check: 'settings',
      status: 'problem',
      found: message,
      expected: 'settings that the master can read',
      action: hint ?? `Correct ${file}.`,
    },
  ]
}

function runtimeCheck({ node, leastNode }: InstallationFacts): Check {
  const check = 'runtime'
  const major = Number(/^v?(\d+)\./.exec(node)?.[1])
  if (major >= leastNode) return { subject, check, status: 'ok', found: `Node ${node}` }
  return {
    subject,
    check,
    status: 'problem',
    found: `Node ${node}`,
    expected: `Node ${leastNode} or newer`,
    action: `${REINSTALL} It brings its own Node.`,
  }
}

function modulesCheck({ modules }: InstallationFacts): Check {
  const check = 'native-modules'
  const broken = modules.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: ${error}`]))
  if (broken.length === 0) return { subject, check, status: 'ok', found: modules.map(({ name }) => name).join(', ') }
  return {
    subject,
    check,
    status: 'problem',
    found: broken.join('; '),
    expected: 'modules that load',
    action: `${REINSTALL} In a checkout, type \`npm ci\`.`,
  }
}

/** Judges the unit. undefined: this master is not run by the unit of the package. Pure. */
export function judgeUnit(unit: Fact<UnitFacts | undefined>): readonly Check[] {
  const check = 'unit'
  const problem = (found: string, action: string): readonly Check[] => [
    { subject, check, status: 'problem', found, expected: 'saltern-master.service enabled and active', action },
  ]
  return judged({ subject, check, action: 'Type `systemctl status saltern-master`.' }, unit, facts => {
    if (facts === undefined || facts.load === 'not-found') {
      return [{ subject, check, status: 'ok', found: 'this master is not run by the unit saltern-master' }]
    }
    const { load, active, file, result } = facts
    if (load === 'masked' || file === 'masked') {
      return problem(
        'the unit is masked',
        'Type `systemctl unmask saltern-master`, then `systemctl enable --now saltern-master`.',
      )
    }
    if (active === 'failed' || (active !== 'active' && active !== 'reloading' && result !== 'success')) {
      return problem(
        `the unit is ${active} (${result})`,
        'Type `journalctl -u saltern-master -n 50`: its last lines name the error.',
      )
    }
    if (active !== 'active' && active !== 'reloading') {
      return problem(`the unit is ${active}`, 'Type `systemctl enable --now saltern-master`.')
    }
    if (file !== 'enabled' && file !== 'enabled-runtime') {
      return [
        {
          subject,
          check,
          status: 'warning',
          found: `the unit is active, and ${file}: it does not start at the next boot`,
          expected: 'enabled',
          action: 'Type `systemctl enable saltern-master`.',
        },
      ]
    }
    return [{ subject, check, status: 'ok', found: 'enabled and active' }]
  })
}

/** Judges whether the daemon answers, with the version that is installed. Pure. */
export function judgeDaemon(daemon: DaemonFacts, installed: string): Check {
  const check = 'daemon'
  const expected = 'a daemon that answers'
  switch (daemon.kind) {
    case 'answers': {
      const found = `process ${daemon.pid} runs version ${daemon.version} since ${daemon.startedAt}`
      if (daemon.version === installed) return { subject, check, status: 'ok', found }
      return {
        subject,
        check,
        status: 'warning',
        found,
        expected: `version ${installed}, which is installed`,
        action: 'Type `systemctl restart saltern-master`.',
      }
    }
    case 'down':
      return {
        subject,
        check,
        status: 'problem',
        found: daemon.why,
        expected,
        action: 'Type `systemctl start saltern-master`, or `master start` for a master of your own.',
      }
    case 'hangs':
      return {
        subject,
        check,
        status: 'problem',
        found: daemon.why,
        expected,
        action:
          'Wait a minute and type `master doctor` again: a large job can keep the daemon busy. Look at the load with `top`, and at `journalctl -u saltern-master -n 50`. If it still does not answer, type `systemctl restart saltern-master`.',
      }
    case 'refused':
      return {
        subject,
        check,
        status: 'unknown',
        found: daemon.why,
        expected,
        action:
          'Type `master doctor` as root, or restart the master if it is an older version: `systemctl restart saltern-master`.',
      }
    default:
      return daemon satisfies never
  }
}
