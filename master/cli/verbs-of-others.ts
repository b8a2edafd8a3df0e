/** Maps functions of Salt and words of Ansible, typed after a target, to commands of Saltern. */
export const SALT_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['test.ping', 'ping TARGET'],
  ['ping', 'ping TARGET'],
  ['state.apply', 'apply TARGET'],
  ['state.highstate', 'apply TARGET'],
  ['state.sls', 'apply TARGET'],
  ['apply', 'apply TARGET'],
  ['state.test', 'test TARGET'],
  ['test', 'test TARGET'],
  ['state.show_highstate', 'render TARGET'],
  ['state.show_sls', 'render TARGET'],
  ['render', 'render TARGET'],
  ['cmd.run', 'run TARGET -- PROGRAM'],
  ['cmd.shell', 'run TARGET -- PROGRAM'],
  ['run', 'run TARGET -- PROGRAM'],
  ['pkg.install', 'run TARGET -- apt-get install PACKAGE'],
  ['service.restart', 'run TARGET -- systemctl restart UNIT'],
  ['service.status', 'run TARGET -- systemctl status UNIT'],
  ['system.reboot', 'run TARGET -- systemctl reboot'],
  ['grains.items', 'grains TARGET'],
  ['grains.get', 'grains TARGET KEY'],
  ['grains.item', 'grains TARGET KEY'],
  ['setup', 'grains TARGET'],
  ['pillar.items', 'render TARGET'],
  ['pillar.get', 'pillar get PATH --minion TARGET'],
  ['report', 'report TARGET'],
  ['minions', 'minions TARGET'],
])

const RUN = 'Use `master run TARGET -- PROGRAM`.'
const APPLY = 'Use `master apply TARGET`; for a dry run `master test TARGET`.'
const MINIONS = 'Use `master minions`, or `master ping TARGET`.'
const BACK = 'Put the fleet files back, for example with `git revert`, and type `master apply TARGET`.'

/** Maps verbs of other tools to hints. */
export const VERBS: ReadonlyMap<string, string> = new Map(
  (
    [
      [['help'], 'See `master --help`, or `master VERB --help`.'],
      [
        ['highstate', 'state.apply', 'state.highstate', 'state.sls', 'playbook', 'deploy', 'up', 'converge', 'sync'],
        APPLY,
      ],
      [['plan', 'preview', 'check', 'noop', 'state.test'], 'Use `master test TARGET`.'],
      [['diff'], 'Use `master test TARGET`: it shows what an apply would change.'],
      [['vault', 'secrets', 'secret'], 'Use `master pillar set PATH` and `master pillar get PATH`.'],
      [['rollback', 'undo', 'revert'], BACK],
      [['validate', 'syntax-check'], 'Use `master lint`.'],
      [['exec', 'cmd', 'cmd.run', 'command', 'adhoc'], RUN],
      [['test.ping'], 'Use `master ping TARGET`.'],
      [
        ['inventory', 'hosts', 'nodes', 'servers', 'list', 'ls', 'minion', 'manage.status', 'manage.up', 'manage.down'],
        MINIONS,
      ],
      [['version', 'versions'], 'Use `master --version`; `master status` shows what runs.'],
      [['key', 'salt-key', 'accept'], 'Use `master keys`, and `master keys accept ID`.'],
      [
        ['copy', 'scp', 'fetch', 'cp.get_file', 'push', 'pull'],
        'Use `master cp FROM TO`, with `MINION:/path` on one side.',
      ],
      [['cmd.script', 'script'], 'Copy it with `master cp`, then `master run TARGET -- /path/to/it`.'],
      [['history', 'log', 'logs', 'jobs.list_jobs'], 'Use `master jobs`, `master report` or `master audit`.'],
      [['jobs.lookup_jid'], 'Use `master report JOB`.'],
      [['orchestrate', 'state.orchestrate', 'orch'], 'Use `master runbook run NAME`.'],
      [['show', 'get', 'describe'], 'Use `master minions`, `master render MINION` or `master report MINION`.'],
      [['galaxy', 'formula', 'install'], 'Roles are directories below `roles/` of the fleet; see `master roles`.'],
      [['console'], 'Use `master shell`.'],
      [
        ['facts', 'setup', 'gather_facts', 'grains.items', 'grains.get', 'grains.item'],
        'Use `master grains TARGET`, with a key for one of them: `master grains TARGET os`.',
      ],
    ] as const
  ).flatMap(([words, hint]) => words.map(word => [word, hint] as const)),
)
