import { expect, it } from 'vitest'
import { filesBelow, readSource } from './source-files.ts'

interface Retired {
  /** What to write instead. */
  readonly use: string
  readonly pattern: RegExp
}

/** Words that Saltern once used and the field does not use. */
const RETIRED: readonly Retired[] = [
  { use: 'must, should or can', pattern: /\bshall\b/i },
  {
    use: 'allocation (a lease expires, an allocation does not)',
    pattern: /\b(?:leases|master lease|lease-(?:list|release))\b/,
  },
  { use: 'ingress', pattern: /\bminion\.openings\b|`opens`|^opens:/m },
  { use: 'purpose', pattern: /\bdeeds?\b|^does:/im },
  { use: 'draft: true', pattern: /\bready: false\b/ },
  { use: 'authenticator', pattern: /\bgatekeepers?\b/i },
  { use: 'announcement', pattern: /\btidings\b/i },
  { use: 'depends on', pattern: /\bstands? upon\b/i },
  { use: 'metrics', pattern: /\bfigures\b.*\bPrometheus\b/i },
  { use: 'the last apply did not fix it', pattern: /\bbring it about\b/i },
  { use: 'could not be inspected', pattern: /\bnothing of it could be\b/i },
  { use: 'no job, run or minion is named `x`', pattern: /\bnobody knows\b/i },
  { use: 'reported about', pattern: /\b(?:told|tells?) of\b/i },
  { use: 'draft', pattern: /\bcontract only\b/i },
  { use: 'a sentence: "For example, write `x`."', pattern: /(?:'|`|")Such as \\?`/ },
]

/** Files that may contain such a word, each with its reason. */
const ALLOWED: { readonly [file: string]: string } = {
  'master/cli/commands/allocation.ts': 'has the old name of a command, which still works',
  'docs/cli.md': 'says that `master lease` is an old name that still works',
  'docs/fleet.md': 'lists the old names and the new ones',
  'master/yaml/renamed.ts': 'the table of old names that errors and `master migrate` use',
  'master/fleet/migrate-expressions.ts': 'finds old names in expressions',
  'master/compile/language/foreign-syntax.ts': 'recognises expressions of earlier versions',
  'master/store/kv.ts': 'leases here expire, and the tables on disk are named so',
}
const NAMES_ON_DISK = 'master/store/migrations/'

const FILES = [
  ...filesBelow(['protocol', 'states', 'minion', 'master', 'scripts'], '.ts'),
  ...filesBelow(['docs', 'roles'], '.md'),
  ...filesBelow(['roles', 'runbooks'], '.yml'),
  ...filesBelow(['roles'], '.hbs'),
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
].filter(file => !file.startsWith(NAMES_ON_DISK) && !(file in ALLOWED))

it.each(RETIRED)('code, docs and roles say "$use" and none of the words that it replaced', ({ pattern, use }) => {
  const found = FILES.flatMap(file =>
    readSource(file)
      .split('\n')
      .flatMap((line, at) =>
        pattern.test(line) ? [`${file}:${at + 1}: say ${use}: ${line.trim().slice(0, 120)}`] : [],
      ),
  )

  expect(found).toEqual([])
})

it('every file that is allowed to use a retired word uses one', () => {
  const idle = Object.keys(ALLOWED).filter(file => {
    const text = readSource(file)
    return !RETIRED.some(({ pattern }) => pattern.test(text))
  })

  expect(idle).toEqual([])
})
