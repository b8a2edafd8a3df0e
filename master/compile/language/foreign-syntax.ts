/** Detects Jinja syntax, which users of Salt and Ansible type by habit and which must not silently mean something else. */

/** A position in a text, from line 1 and column 0, and how to write the same here. */
export interface ForeignSyntax {
  readonly line: number
  readonly column: number
  readonly found: string
  readonly hint: string
}

const STATEMENT =
  /\{%[-+]?\s*(if|elif|else|endif|for|endfor|set|endset|macro|endmacro|include|import|from|raw|endraw|block|extends|with|filter|do)\b[^%]*[-+]?%\}/
/** Excludes `{{#if}}`, which is ours, and `${#list[@]}`, which is shell. */
const COMMENT = /(?<![{$])\{#(?!\{)[^{}]*?#\}/

/** Limit for what is reported at once. */
const MOST_FOUND = 20

/** Finds Jinja statements (`{% if x %}`) and comments (`{# text #}`) in a text, in order. Pure. */
export function jinjaIn(text: string): readonly ForeignSyntax[] {
  if (!text.includes('{%') && !text.includes('#}')) return []
  const found = [STATEMENT, COMMENT].flatMap(pattern => [...text.matchAll(new RegExp(pattern, 'g'))])
  return found
    .toSorted((a, b) => a.index - b.index)
    .slice(0, MOST_FOUND)
    .map(match => ({
      ...placeAt(text, match.index),
      found: match[0].split('\n')[0] ?? '',
      hint: hintFor(match[1], match[0]),
    }))
}

/** Finds expressions in foreign syntax, each with our form where it is known; ignores block statements. Pure. */
export function foreignExpressions(text: string, isOurs: (expression: string) => boolean): readonly ForeignSyntax[] {
  return [...text.matchAll(/(?<!\{)\{\{(?![{#/^!&>~]|\s*else\b)[^{}]*\}\}/g)]
    .filter(([one]) => !isOurs(one))
    .slice(0, MOST_FOUND)
    .map(match => {
      const ours = ourExpression(match[0])
      const form = 'An expression is `{{name}}`, `{{helper argument}}`, or `{{#if}}...{{/if}}`.'
      return {
        ...placeAt(text, match.index),
        found: match[0],
        hint: ours === undefined ? form : `Write \`${ours}\`.`,
      }
    })
}

function placeAt(text: string, index: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, index).split(/\r\n?|\n/)
  return { line: before.length, column: before.at(-1)?.length ?? 0 }
}

function hintFor(word: string | undefined, found: string): string {
  const inside = found.replace(/^\{[%#][-+]?\s*|\s*[-+]?[%#]\}$/g, '')
  switch (word) {
    case undefined:
      return 'Write a comment as `{{!-- text --}}`.'
    case 'if':
    case 'elif':
      return `Write \`{{#if ${inParentheses(ourCondition(inside.replace(/^(?:el)?if\s+/, '')))}}}...{{else}}...{{/if}}\`.`
    case 'else':
      return 'Write `{{else}}`.'
    case 'endif':
      return 'Write `{{/if}}`.'
    case 'for': {
      const [, item = 'item', list = 'pillar.list'] = /^for\s+(\w+)(?:\s*,\s*\w+)?\s+in\s+([\w.]+)/.exec(inside) ?? []
      return `Write \`{{#each ${list} as |${item}|}}...{{/each}}\`.`
    }
    case 'endfor':
      return 'Write `{{/each}}`.'
    default:
      return `There is no \`${word}\`: see docs/role-language.md for what a template can say. A file below files/ is copied as it is.`
  }
}

/** Translates a simple Jinja or Python condition, without braces. Pure. */
export function ourCondition(text: string): string {
  const condition = text.trim()
  const [, left, operator, right] = /^([\w.]+)\s*(==|!=|<|>| in )\s*(.+)$/.exec(condition) ?? []
  if (left !== undefined && operator !== undefined && right !== undefined && /^[\w.'"-]+$/.test(right)) {
    if (operator === ' in ') return `includes ${right} ${left}`
    return `${{ '==': 'eq', '!=': 'ne', '<': 'lt', '>': 'gt' }[operator]} ${left} ${right}`
  }
  const [, negated] = /^not\s+([\w.]+)$/.exec(condition) ?? []
  if (negated !== undefined) return `not ${negated}`
  return /^[\w.]+$/.test(condition) ? condition : 'eq pillar.key "value"'
}

function inParentheses(condition: string): string {
  return condition.includes(' ') ? `(${condition})` : condition
}

/** Translates a Jinja expression that Handlebars does not support; undefined when there is no translation. Pure. */
export function ourExpression(text: string): string | undefined {
  const inside = text.replace(/^\{\{[-~]?\s*|\s*[-~]?\}\}$/g, '')
  const [, yes, test, no] = /^(\S+)\s+if\s+(.+?)\s+else\s+(\S+)$/.exec(inside) ?? []
  if (yes !== undefined && test !== undefined && no !== undefined) {
    const condition = ourCondition(test)
    return `{{if_else ${inParentheses(condition)} ${yes} ${no}}}`
  }
  const [, value, filter, argument] = /^([\w.'"]+)\s*\|\s*(\w+)(?:\(([^)]*)\))?$/.exec(inside) ?? []
  if (value !== undefined && filter !== undefined) {
    return `{{${filter} ${value}${argument === undefined || argument === '' ? '' : ` ${argument}`}}}`
  }
  const path = pathOf(inside)
  if (path !== undefined) return `{{${path}}}`
  if (/==|!=|[<>]/.test(inside)) return `{{${ourCondition(inside)}}}`
  return undefined
}

/** Translates `grains['os']` and `pillar.get('a:b', 'x')` to a path; undefined for anything else. */
function pathOf(inside: string): string | undefined {
  const [, root, key] = /^(?:salt\[['"])?(pillar|grains)\.get(?:['"]\])?\(\s*['"]([\w:.-]+)['"]/.exec(inside) ?? []
  if (root !== undefined && key !== undefined) return `${root}.${key.replaceAll(':', '.')}`
  if (!/^\w+(?:\.\w+|\[(?:'[\w-]+'|"[\w-]+")\])+$/.test(inside) || !inside.includes('[')) return undefined
  return inside.replaceAll(/\[['"]([\w-]+)['"]\]/g, '.$1')
}

/** Names that only expressions of Saltern, Salt or Ansible begin with: other programs use braces too. */
const OUR_NAMES =
  /\{\{(?:[^}]*[\s({])?(?:pillar|grains|minion|certificates|allocations|leases|salt|ansible_\w+|hostvars|inventory_hostname)(?:\.\w|\[|\s*\}\})[^}]*\}?\}?/

/** Finds the first expression in text that is not rendered; undefined when there is none. Pure. */
export function expressionIn(text: string): string | undefined {
  return text.includes('{{') ? OUR_NAMES.exec(text)?.[0] : undefined
}
