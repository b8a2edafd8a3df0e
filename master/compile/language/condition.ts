import type { YamlNode } from '../../yaml/node.ts'
import { hasExpressions } from './expression.ts'
import { ourCondition } from './foreign-syntax.ts'
import type { Renderer } from './render.ts'

/**
 * Checks that a `when` is a condition: true, false, or only expressions. With text beside them it would always be true, as in
 * `when: grains.os == "debian"`; that is a problem for the sink.
 */
export function isCondition({ sink }: Renderer, when: YamlNode): boolean {
  if (when.kind !== 'scalar' || typeof when.value !== 'string') return true
  const text = when.value.trim()
  // Text outside of braces is always present, unless a block can leave it out.
  if (text === '' || text.includes('{{#') || text.replaceAll(/\{\{.*?\}\}/gs, '').trim() === '') return true
  const plain = hasExpressions(text) ? text.replaceAll(/\{\{|\}\}/g, '') : text
  sink.add({
    code: 'EXPRESSION_INVALID',
    message: `\`when\` must be an expression in braces, got the text ${JSON.stringify(text.slice(0, 80))}, which would always be true`,
    hint: `Write \`when: "{{${ourCondition(plain)}}}"\`.`,
    source: when.position,
  })
  return false
}
