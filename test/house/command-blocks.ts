import { execFileSync } from 'node:child_process'
import { PROJECT, readSource } from './source-files.ts'

/** Page -> the tests that type its `sh` blocks. */
export const TYPED_BY: { readonly [page: string]: readonly string[] } = {
  'README.md': ['test/hosts/readme.test.ts'],
  'docs/tutorial.md': ['test/journey/tutorial.test.ts'],
  'docs/install.md': ['test/house/install-docs.test.ts'],
  'docs/schedule.md': ['test/journey/schedule-docs.test.ts'],
  'docs/compliance.md': ['test/journey/compliance-docs.test.ts'],
  'docs/cli.md': ['test/journey/docs-commands.test.ts'],
  'docs/fleet.md': ['test/journey/docs-commands.test.ts'],
  'docs/role-language.md': ['test/journey/docs-commands.test.ts'],
  'docs/shell.md': ['test/journey/docs-commands.test.ts'],
  'docs/security.md': ['test/journey/docs-commands.test.ts', 'test/house/security-docs.test.ts'],
  'docs/runbooks.md': ['test/journey/docs-commands.test.ts'],
  'docs/operators.md': ['test/journey/docs-commands.test.ts'],
  'docs/coming-from-ansible.md': ['test/journey/docs-commands.test.ts'],
  'docs/coming-from-salt.md': ['test/journey/docs-commands.test.ts'],
  'docs/contributing/adding-a-helper.md': ['test/journey/guide-pages.test.ts'],
  'docs/contributing/adding-a-role.md': ['test/journey/guide-pages.test.ts'],
  'docs/contributing/adding-a-state-type.md': ['test/journey/guide-pages.test.ts'],
  'docs/contributing/adding-a-verb.md': ['test/journey/guide-pages.test.ts'],
  'docs/contributing/adding-a-wire-message.md': ['test/journey/guide-pages.test.ts'],
}

/** Page -> why its blocks that show a dialogue or a command, and are no `sh` blocks, are not typed as they stand. */
export const TRANSCRIPTS: { readonly [page: string]: string } = {
  'README.md': 'it shows what ./scripts/quickstart prints, and the directories of the project',
  'docs/compliance.md': 'it is output: what the report proposes to type next',
  'docs/development.md': 'it takes 20 minutes; test/scripts/chaos.test.ts covers its parts',
  'docs/install.md': 'test/scripts/package-signature.test.ts signs with a key of its own; the rest is output',
  'docs/operators.md': 'it shows a refusal; test/journey/rights.test.ts provokes it',
  'docs/sessions.md': 'its dialogues need a terminal on a host; test/hosts/sessions.test.ts has such dialogues',
  'docs/shell.md': 'it is a dialogue; test/journey/shell.test.ts has such dialogues',
}

const NEEDS_THEFT = 'it needs what the page assumes was stolen; test/house/security-docs.test.ts parses it'
const NEEDS_PACKAGES = 'it needs root and the installed packages; a hosts test does the same on a host'
const NEEDS_DATABASES = 'it needs MariaDB hosts; test/hosts/db-promote.test.ts runs this verb on them'

/** Page -> lines of its `sh` blocks that no test types, each with the reason. */
export const UNTYPED: { readonly [page: string]: { readonly [line: string]: string } } = {
  'README.md': {
    './scripts/quickstart     # a temporary fleet: two MariaDB hosts on this machine, applied twice, then removed':
      'test/hosts/first-light.test.ts does the same with hosts of its own',
    './scripts/test           # types, lint and tests; as root also the tests on real Debian hosts':
      'it is what runs this test',
  },
  'docs/shell.md': {
    'useradd --create-home --shell /usr/bin/saltern-shell anna': NEEDS_PACKAGES,
    'chsh --shell /usr/bin/saltern-shell bert': NEEDS_PACKAGES,
  },
  'docs/runbooks.md': {
    'master runbook plan db-promote --to db2': NEEDS_DATABASES,
    'master runbook run db-promote --to db2          # waits at its question': NEEDS_DATABASES,
    'master runbook resume rb-...  --yes             # goes on': NEEDS_DATABASES,
    'master runbook abort rb-...                     # or takes back what it did': NEEDS_DATABASES,
    'master runbook show rb-...': NEEDS_DATABASES,
  },
  'docs/operators.md': {
    'journalctl -u saltern-master -o cat | master audit verify --against -': NEEDS_PACKAGES,
  },
  'docs/security.md': {
    'master bootstrap db1.example --id db1 --level staging': NEEDS_PACKAGES,
    'master bootstrap db1.example --level staging': NEEDS_PACKAGES,
    'master join-token revoke Ss3Yd4bWTQF9fUxk': NEEDS_THEFT,
    'master jobs cancel job-abc': NEEDS_THEFT,
    'git -C /srv/fleet log --show-signature': NEEDS_THEFT,
    'git -C /srv/fleet revert --no-edit HEAD': NEEDS_THEFT,
    'git clone /root/fleet.bundle /srv/fleet': NEEDS_THEFT,
    'mv /var/lib/saltern/master/pillar /root/pillar-keys.stolen': NEEDS_THEFT,
    'systemctl stop saltern-master': NEEDS_PACKAGES,
    'systemctl start saltern-master': NEEDS_PACKAGES,
    'apt-get install -y ./saltern-master_*.deb': NEEDS_PACKAGES,
    'systemctl enable --now saltern-master': NEEDS_PACKAGES,
    'master backup --passphrase-file /root/passphrase /var/backups/saltern.backup': NEEDS_PACKAGES,
    'journalctl -u saltern-master -o cat | master audit verify --against -': NEEDS_PACKAGES,
    "dpkg-query --show --showformat '${Maintainer}\\n' saltern-master": NEEDS_PACKAGES,
  },
}

/** README.md and every page below docs/. */
export function operatorPages(): readonly string[] {
  const words = ['ls-files', '--cached', '--others', '--exclude-standard', 'README.md', 'docs/*.md']
  return execFileSync('git', words, { cwd: PROJECT, encoding: 'utf8' }).split('\n').filter(Boolean)
}

/** The lines of all `sh` blocks of a page. */
export function shellLines(page: string): readonly string[] {
  const blocks = [...readSource(page).matchAll(/^```sh[^\n]*\n(.*?)^```$/gms)].map(([, text = '']) => text)
  return blocks.flatMap(text => text.split('\n')).filter(line => line !== '')
}

/** Lines of other blocks that begin with a prompt or a program of ours. */
export function transcriptLines(page: string): readonly string[] {
  const others = [...readSource(page).matchAll(/^```(\w*)[^\n]*\n(.*?)^```$/gms)].flatMap(
    ([, language = '', text = '']) => (language === '' || language === 'text' || language === 'console' ? [text] : []),
  )
  const begins = /^(?:\$ |(?:master|minion|node|npm|npx|apt-get|gpg|systemctl|\.\/scripts\/\w+) )/
  return others.flatMap(text => text.split('\n').filter(line => begins.test(line.trim())))
}

/** Those lines of `sh` blocks that the tests of the page type. */
export function typedLines(page: string): readonly string[] {
  return shellLines(page).filter(line => UNTYPED[page]?.[line] === undefined)
}
