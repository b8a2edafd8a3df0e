import type { SourcePosition } from '../../../protocol/source.ts'
import { entryOf, type YamlMap, type YamlNode } from '../../yaml/node.ts'
import type { Findings } from '../../yaml/shape.ts'

/** A check as written in role.yml; rendered for each minion. */
export interface CheckDeclaration {
  readonly name: string
  readonly position: SourcePosition
  readonly run: YamlNode
  readonly when: YamlNode | undefined
  readonly user: YamlNode | undefined
  readonly stdin: YamlNode | undefined
  readonly env: YamlMap | undefined
  readonly timeout: YamlNode | undefined
  readonly retries: YamlNode | undefined
  readonly interval: YamlNode | undefined
  readonly require: YamlNode | undefined
  readonly expect: { readonly [Key in (typeof EXPECT_KEYS)[number]]: YamlNode | undefined }
}

const CHECK_KEYS = ['run', 'expect', 'when', 'user', 'stdin', 'env', 'timeout', 'retries', 'interval', 'require']
const EXPECT_KEYS = ['exit', 'stdout', 'stdout_contains', 'stderr'] as const
const NAME = /^[^\s/][^\n/]{0,99}$/

/** Parses `checks:`; problems of their shape go into `findings`. Pure. */
export function parseChecks(node: YamlNode | undefined, findings: Findings): readonly CheckDeclaration[] {
  const entries = findings.map(node, '`checks`')?.entries ?? []
  return entries.flatMap(({ key, keyPosition, value }): readonly CheckDeclaration[] => {
    const what = `the check \`${key}\``
    const map = findings.map(value, what)
    if (map === undefined) return []
    if (!NAME.test(key)) {
      findings.invalid(
        keyPosition,
        'the name of a check is at most 100 characters, without `/`',
        'For example, write `answers`.',
      )
    }
    findings.only(map, CHECK_KEYS, what)
    const of = (name: string): YamlNode | undefined => entryOf(map, name)?.value
    const run = of('run')
    if (run?.kind !== 'list' || run.items.length === 0) {
      const source = run?.position ?? keyPosition
      findings.invalid(
        source,
        `${what} needs \`run\`: a list of program and arguments`,
        'For example, write `run: [curl, -sf, "http://localhost/"]`.',
      )
      return []
    }
    const expect = findings.map(of('expect'), '`expect`')
    if (expect !== undefined) findings.only(expect, EXPECT_KEYS, '`expect`')
    const wanted = (name: string): YamlNode | undefined =>
      expect === undefined ? undefined : entryOf(expect, name)?.value
    return [
      {
        name: key,
        position: keyPosition,
        run,
        when: of('when'),
        user: of('user'),
        stdin: of('stdin'),
        env: findings.map(of('env'), '`env`'),
        timeout: of('timeout'),
        retries: of('retries'),
        interval: of('interval'),
        require: of('require'),
        expect: {
          exit: wanted('exit'),
          stdout: wanted('stdout'),
          stdout_contains: wanted('stdout_contains'),
          stderr: wanted('stderr'),
        },
      },
    ]
  })
}
