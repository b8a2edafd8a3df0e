import { AppError, type Problem } from '../../protocol/errors.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import { matches, type TargetView } from '../target/match.ts'
import { parseGrant } from '../target/parse.ts'
import { fieldsOf, type Groups, NO_GROUPS, type Target } from '../target/target.ts'
import { parseYaml } from '../yaml/parse.ts'
import type { PillarTree } from '../yaml/pillar-tree.ts'
import { Findings } from '../yaml/shape.ts'
import { mergePillar, type Opener, parsePillarFile } from './tree.ts'

export const TOP_FILE = 'pillar/top.yml'

/** A line of the top file: which minions see which files. */
interface TopEntry {
  /** As written in the file. */
  readonly match: string
  readonly target: Target
  /** Names of files below pillar/, without `.yml`. */
  readonly files: readonly string[]
}

/** The whole pillar of a fleet, parsed once per verb. */
export interface PillarFiles {
  readonly top: readonly TopEntry[]
  readonly files: ReadonlyMap<string, PillarTree>
  readonly problems: readonly Problem[]
  /** Names of files with unreadable values; `all`: the top file is broken, so it is unknown which minions see which files. */
  readonly unread: ReadonlySet<string> | 'all'
}

/**
 * Parses the top file and every file that it names. `read` returns the text of a file or undefined; `broken` are unreadable
 * files with the reason, of which those of the pillar become problems. Pure.
 */
export function loadPillar(
  read: (path: string) => string | undefined,
  opener: Opener,
  broken: ReadonlyMap<string, Problem> = new Map(),
  groups: Groups = NO_GROUPS,
): PillarFiles {
  const text = read(TOP_FILE) ?? ''
  const { root, problems } = parseYaml(text, TOP_FILE)
  const findings = new Findings(text)
  const files = new Map<string, PillarTree>()
  const unread = new Set<string>()
  const found: Problem[] = [...problems]
  if (root !== undefined && root.kind !== 'list')
    findings.invalid(root.position, 'pillar/top.yml must be a list of `match` and `files`')
  const top = (root?.kind === 'list' ? root.items : []).flatMap((item): readonly TopEntry[] => {
    const map = findings.map(item, 'each entry of pillar/top.yml')
    if (map === undefined) return []
    findings.only(map, ['match', 'files'], 'an entry of pillar/top.yml')
    const of = (name: string) => map.entries.find(entry => entry.key === name)?.value
    const matchNode = of('match')
    const words = findings.text(matchNode, '`match`')
    if (matchNode === undefined || words === undefined) {
      if (matchNode === undefined)
        findings.invalid(
          map.position,
          'an entry of pillar/top.yml needs `match`',
          'For example, write `match: role=db`.',
        )
      return []
    }
    const target = parseMatch(words, matchNode.position, findings, groups)
    const filesNode = of('files')
    const names = findings.texts(filesNode, '`files`')
    for (const name of names) {
      const path = `pillar/${name}.yml`
      const body = read(path)
      if (body === undefined) {
        unread.add(name)
        if (broken.has(path) || broken.has('pillar')) continue
        findings.invalid(
          filesNode?.position ?? map.position,
          `there is no file \`${path}\``,
          'Write names without `.yml`.',
        )
      } else if (!files.has(name)) {
        const parsed = parsePillarFile(body, path, opener)
        const lines = body.split('\n')
        files.set(name, parsed.tree)
        if (parsed.problems.length > 0) unread.add(name)
        found.push(...parsed.problems.map(problem => withExcerpt(problem, lines)))
      }
    }
    return target === undefined ? [] : [{ match: words, target, files: names }]
  })
  const unreadable = [...broken].flatMap(([path, problem]) => (/^pillar(\/|$)/.test(path) ? [problem] : []))
  const isTopBroken = problems.length + findings.problems.length > 0 || broken.has(TOP_FILE) || broken.has('pillar')
  return {
    top,
    files,
    problems: [...unreadable, ...found, ...findings.problems],
    unread: isTopBroken ? 'all' : unread,
  }
}

/** True when some of the values that a minion may see could not be read: a value that it lacks may be among them. Pure. */
export function lacksPillar({ top, unread }: PillarFiles, view: Omit<TargetView, 'grains'>): boolean {
  if (unread === 'all') return true
  if (unread.size === 0) return false
  return top.some(
    ({ target, files }) => files.some(name => unread.has(name)) && matches(target, { ...view, grains: {} }),
  )
}

/** Merges the files that match one minion, in the order of the top file. Pure. */
export function pillarFor(pillar: PillarFiles, view: Omit<TargetView, 'grains'>): PillarTree {
  let tree: PillarTree = { kind: 'map', position: { file: TOP_FILE, line: 1, column: 1 }, entries: new Map() }
  for (const { target, files } of pillar.top) {
    if (!matches(target, { ...view, grains: {} })) continue
    for (const name of files) tree = mergePillar(tree, pillar.files.get(name) ?? tree)
  }
  return tree
}

/** Lists the matches, as written, that apply to the id of a minion but not to all ids that its token allows. Pure. */
export function withheldMatches(pillar: PillarFiles, view: Omit<TargetView, 'grains'>): readonly string[] {
  if (view.joinedAs === undefined || view.joinedAs === view.id) return []
  const chosen = { ...view, joinedAs: undefined, leftOpen: undefined }
  return pillar.top.flatMap(({ match, target }) => {
    const isWithheld = matches(target, { ...chosen, grains: {} }) && !matches(target, { ...view, grains: {} })
    return isWithheld ? [match] : []
  })
}

function parseMatch(words: string, source: SourcePosition, findings: Findings, groups: Groups): Target | undefined {
  try {
    const target = parseGrant(words, groups)
    const claim = fieldsOf(target).find(field => field === 'os' || field.startsWith('grain.'))
    if (claim === undefined) return target
    findings.invalid(
      source,
      `\`${claim}\` is a grain, which a minion reports about itself, so it cannot select pillar files`,
      'Use `id`, `role` or `level`.',
    )
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    for (const { code, message, hint } of thrown.problems) {
      findings.add({ code, message, source, ...(hint === undefined ? {} : { hint }) })
    }
  }
  return undefined
}

function withExcerpt(problem: Problem, lines: readonly string[]): Problem {
  const excerpt = problem.source === undefined ? undefined : lines[problem.source.line - 1]
  return excerpt === undefined ? problem : { ...problem, excerpt: excerpt.slice(0, 200) }
}
