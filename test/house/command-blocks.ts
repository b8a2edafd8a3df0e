import { execFileSync } from 'node:child_process'
import { PROJECT, readSource } from './source-files.ts'

/** All lines of the page that no other test of it names. */
const REST = 'the rest'

const DOCS_COMMANDS = 'test/journey/docs-commands.test.ts'
const GUIDE = 'test/journey/guide-pages.test.ts'
const PROJECT_LINES = 'test/hosts/project-lines.test.ts'
const RECOVERY_LINES = 'test/hosts/recovery-lines.test.ts'

/** Page -> the tests that type its command lines, each with the lines that it types. */
export const TYPED_BY: {
  readonly [page: string]: { readonly [test: string]: typeof REST | readonly string[] }
} = {
  'README.md': {
    'test/hosts/readme.test.ts': REST,
    [PROJECT_LINES]: [
      './scripts/quickstart     # a temporary fleet: two MariaDB hosts on this machine, applied twice, then removed',
      './scripts/test           # types, lint and tests; as root also the tests on real Debian hosts',
      'master minions',
      'master apply role=db',
    ],
  },
  'CONTRIBUTING.md': { 'test/journey/contributing.test.ts': REST },
  'docs/tutorial.md': { 'test/journey/tutorial.test.ts': REST },
  'docs/install.md': {
    'test/house/install-docs.test.ts': REST,
    [PROJECT_LINES]: [
      "gpg --quick-gen-key 'Saltern packages <packages@example.org>' ed25519 sign 2y",
      'gpg --export-secret-keys packages@example.org > /root/packages.key',
      'npm run package -- --key /root/packages.key --passphrase-file /root/passphrase',
    ],
  },
  'docs/benchmarks.md': { 'test/journey/bench.test.ts': REST },
  'docs/development.md': { 'test/journey/chaos.test.ts': REST },
  'docs/schedule.md': { 'test/journey/schedule-docs.test.ts': REST },
  'docs/compliance.md': { 'test/journey/compliance-docs.test.ts': REST },
  'docs/cli.md': { [DOCS_COMMANDS]: REST },
  'docs/fleet.md': { [DOCS_COMMANDS]: REST },
  'docs/role-language.md': { [DOCS_COMMANDS]: REST },
  'docs/shell.md': {
    [DOCS_COMMANDS]: REST,
    'test/journey/shell-lines.test.ts': ['master shell'],
    'test/hosts/jump-box.test.ts': [
      'useradd --create-home --shell /usr/bin/saltern-shell anna',
      'chsh --shell /usr/bin/saltern-shell bert',
    ],
  },
  'docs/security.md': { [RECOVERY_LINES]: REST },
  'docs/sessions.md': { 'test/hosts/session-lines.test.ts': REST },
  'docs/runbooks.md': {
    [DOCS_COMMANDS]: REST,
    'test/hosts/db-promote.test.ts': [
      'master runbook plan db-promote --to db2',
      'master runbook run db-promote --to db2          # waits at its question',
      'master runbook resume rb-...  --yes             # goes on',
      'master runbook abort rb-...                     # or undoes what it did',
      'master runbook show rb-...',
    ],
  },
  'docs/operators.md': {
    [DOCS_COMMANDS]: REST,
    'test/journey/rights.test.ts': ['master pillar get mariadb.root.password'],
    [RECOVERY_LINES]: ['journalctl -u saltern-master -o cat | master audit verify --against -'],
  },
  'docs/coming-from-ansible.md': { [DOCS_COMMANDS]: REST },
  'docs/coming-from-salt.md': { [DOCS_COMMANDS]: REST },
  'docs/contributing/adding-a-helper.md': { [GUIDE]: REST },
  'docs/contributing/adding-a-report-field.md': { [GUIDE]: REST },
  'docs/contributing/adding-a-role.md': { [GUIDE]: REST },
  'docs/contributing/adding-a-state-type.md': { [GUIDE]: REST },
  'docs/contributing/adding-a-verb.md': { [GUIDE]: REST },
  'docs/contributing/adding-a-wire-message.md': { [GUIDE]: REST },
}

/** Page -> why lines of its blocks look like commands and are none. */
export const OUTPUT: { readonly [page: string]: string } = {
  'docs/compliance.md': 'a report proposes what to type next',
  'docs/install.md': '`master join-token create` prints what to type on the minion',
}

/** The pages whose commands a reader can type: those at the top, and every page below docs/. */
export function operatorPages(): readonly string[] {
  const words = ['ls-files', '--cached', '--others', '--exclude-standard', ':(glob)*.md', 'docs/*.md']
  return execFileSync('git', words, { cwd: PROJECT, encoding: 'utf8' }).split('\n').filter(Boolean)
}

/** The command lines of a page: those of its `sh` blocks, and what follows the prompt `$` in other blocks. */
export function commandLines(page: string): readonly string[] {
  return blocksOf(page).flatMap(({ language, lines }) => {
    return language === 'sh' ? lines : lines.flatMap(line => (line.startsWith('$ ') ? [line.slice(2)] : []))
  })
}

/** What a page shows below each place of a command, up to the next prompt or the end of its block. */
export function outputsBelow(page: string, command: string): readonly (readonly string[])[] {
  return blocksOf(page).flatMap(({ lines }) => {
    return lines.flatMap((line, at) => {
      if (line !== `$ ${command}`) return []
      const below = lines.slice(at + 1)
      const end = below.findIndex(next => next.startsWith('$ '))
      return [end < 0 ? below : below.slice(0, end)]
    })
  })
}

/** The lines of a page that a test types, in their order. */
export function linesTypedBy(test: string, page: string): readonly string[] {
  const tests = TYPED_BY[page] ?? {}
  const typed = tests[test]
  if (typed === undefined) throw new Error(`${test} types no line of ${page}: see TYPED_BY in command-blocks.ts`)
  const named = new Set(Object.values(tests).flatMap(lines => (lines === REST ? [] : lines)))
  return commandLines(page).filter(line => (typed === REST ? !named.has(line) : typed.includes(line)))
}

/** Lines outside of `sh` blocks that begin with a program of ours and have no prompt. */
export function linesLikeCommands(page: string): readonly string[] {
  const begins = /^(?:master|minion|node|npm|npx|apt-get|gpg|systemctl|\.\/scripts\/\w+) /
  return blocksOf(page).flatMap(({ language, lines }) => {
    return ['', 'text', 'console'].includes(language) ? lines.filter(line => begins.test(line.trim())) : []
  })
}

function blocksOf(page: string): readonly { readonly language: string; readonly lines: readonly string[] }[] {
  return [...readSource(page).matchAll(/^(`{3,})(\w*)[^\n]*\n(.*?)^\1$/gms)].map(([, , language = '', text = '']) => ({
    language,
    lines: text.split('\n').filter(line => line !== ''),
  }))
}
