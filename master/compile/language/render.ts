import type { SourcePosition } from '../../../protocol/source.ts'
import type { YamlNode, YamlScalar } from '../../yaml/node.ts'
import { renderProgram, wholeValue } from './evaluate.ts'
import { hasExpressions, type parseExpressions, type SourceText } from './expression.ts'
import { jinjaIn } from './foreign-syntax.ts'
import type { ProblemSink } from './problem-sink.ts'
import type { Scope } from './scope.ts'
import { Rendered, type Value } from './value.ts'

/** Source of expressions: lines for excerpts, and a cache of parsed programs. */
export interface ExpressionSource {
  /** Returns a line of a role's file, for the caret. */
  lineOf(position: SourcePosition): string | undefined
  /** Parses text with expressions; the same text is parsed only once. */
  parse(source: SourceText, code: 'EXPRESSION_INVALID' | 'TEMPLATE_INVALID'): ReturnType<typeof parseExpressions>
}

/** Renders YAML of the fleet. Expressions are inside scalars, so data can never become structure. */
export interface Renderer {
  readonly library: ExpressionSource
  readonly sink: ProblemSink
}

/** Renders a node; undefined when there is a problem, which goes into the sink. */
export function renderNode(renderer: Renderer, node: YamlNode, scope: Scope): Value | undefined {
  switch (node.kind) {
    case 'scalar':
      return renderScalar(renderer, node, scope)
    case 'sealed':
      renderer.sink.add({
        code: 'ROLE_INVALID',
        message: 'a sealed value belongs into the pillar, not into a role',
        hint: 'Move it with `master pillar set`, and read it as `{{pillar...}}`.',
        source: node.position,
      })
      return undefined
    case 'list': {
      const items = node.items.map(item => renderNode(renderer, item, scope))
      return items.includes(undefined) ? undefined : (items as readonly Value[])
    }
    case 'map': {
      const entries = node.entries.map(({ key, value }) => [key, renderNode(renderer, value, scope)] as const)
      return entries.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(entries) as Value)
    }
    default:
      return node satisfies never
  }
}

/** Renders a node that must be plain text, such as an id; undefined when it is not, or when there is a problem. */
export function renderText(
  renderer: Renderer,
  text: string,
  position: SourcePosition,
  scope: Scope,
): string | undefined {
  if (!hasExpressions(text)) return text
  const node: YamlScalar = { kind: 'scalar', position, value: text, source: text, style: 'plain' }
  const value = renderScalar(renderer, node, scope)
  if (value === undefined) return undefined
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  renderer.sink.add({
    code: value instanceof Rendered ? 'SECRET_IN_EXPRESSION' : 'EXPRESSION_INVALID',
    message: value instanceof Rendered ? 'a name cannot hold a secret' : 'a name must be text',
    hint: 'Use a value that is not secret.',
    source: position,
  })
  return undefined
}

/** Renders a template file. */
export function renderTemplate(
  renderer: Renderer,
  file: string,
  text: string,
  scope: Scope,
): string | Rendered | undefined {
  const { library, sink } = renderer
  if (!isFreeOfJinja(renderer, text, (line, column) => ({ file, line, column: column + 1 }))) return undefined
  const source: SourceText = {
    text,
    place: (line, column) => ({ file, line, column: column + 1 }),
    excerpt: position => library.lineOf(position),
  }
  const parsed = library.parse(source, 'TEMPLATE_INVALID')
  if ('problems' in parsed) {
    sink.addAll(parsed.problems)
    return undefined
  }
  return sink.attempt({ file, line: 1, column: 1 }, () => renderProgram(parsed.program, scope, source.place))
}

/**
 * Refuses Jinja statements and comments, which would be written to the host as text; problems in the sink say how to write
 * them.
 */
function isFreeOfJinja({ sink }: Renderer, text: string, place: SourceText['place']): boolean {
  const found = jinjaIn(text)
  for (const foreign of found) {
    sink.add({
      code: 'TEMPLATE_INVALID',
      message: `\`${foreign.found}\` is Jinja, which is not supported and would be written to the host as text`,
      hint: foreign.hint,
      source: place(foreign.line, foreign.column),
    })
  }
  return found.length === 0
}

function renderScalar(renderer: Renderer, node: YamlScalar, scope: Scope): Value | undefined {
  const { library, sink } = renderer
  if (typeof node.value === 'string' && !isFreeOfJinja(renderer, node.value, placeIn(node, library))) return undefined
  if (typeof node.value !== 'string' || !hasExpressions(node.value)) return node.value
  const place = placeIn(node, library)
  const source: SourceText = { text: node.value, place, excerpt: position => library.lineOf(position) }
  const parsed = library.parse(source, 'EXPRESSION_INVALID')
  if ('problems' in parsed) {
    sink.addAll(parsed.problems)
    return undefined
  }
  return sink.attempt(node.position, () => {
    const whole = wholeValue(parsed.program, scope, place)
    return whole === undefined ? renderProgram(parsed.program, scope, place) : whole.value
  })
}

/** Maps a position inside a scalar to its position in the file. */
function placeIn(node: YamlScalar, library: ExpressionSource): (line: number, column: number) => SourcePosition {
  const { file, line, column } = node.position
  return (inner, innerColumn) => {
    if (node.style === 'block') {
      const at = { file, line: line + inner, column: 1 }
      const indent = /^ */.exec(library.lineOf({ ...at, line: line + 1 }) ?? '')?.[0].length ?? 0
      return { ...at, column: indent + innerColumn + 1 }
    }
    if (inner > 1) return { file, line: line + inner - 1, column: innerColumn + 1 }
    return { file, line, column: column + innerColumn + (node.style === 'quoted' ? 1 : 0) }
  }
}
