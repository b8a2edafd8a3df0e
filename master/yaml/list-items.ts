/** An explanation of a line that was meant to be a list item. */
interface Told {
  readonly message: string
  readonly hint: string
}

/**
 * Explains a syntax error at `offset` by a list item without its dash, or without the space after the dash; undefined when the
 * line does not look like a list item. Pure.
 */
export function explainListItem(text: string, offset: number): Told | undefined {
  const from = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', from)
  const line = text.slice(from, end < 0 ? text.length : end)
  const content = line.trim()
  const shown = content.length > LONGEST_SHOWN ? `${content.slice(0, LONGEST_SHOWN)}…` : content
  if (/^-[^\s-]/.test(content)) {
    return { message: `expected \`- ITEM\`, found \`${shown}\``, hint: `Write \`- ${shown.slice(1)}\`.` }
  }
  const indentation = line.length - line.trimStart().length
  const isAtStart = offset <= from + indentation
  if (content === '' || startsItem(content) || !isAtStart) return undefined
  if (!startsItem(lineAbove(text, from, indentation) ?? '')) return undefined
  const hint = content.includes(':')
    ? `Write \`- ${shown}\` for a list item, or indent it with ${indentation + 2} spaces to add it to the item above.`
    : `Write \`- ${shown}\`.`
  return { message: `expected \`- ITEM\`, found \`${shown}\``, hint }
}

const LONGEST_SHOWN = 40

function startsItem(content: string): boolean {
  return content === '-' || content.startsWith('- ')
}

/** Returns the nearest line above that is not indented more, if it has the same indentation. Skips comments and empty lines. */
function lineAbove(text: string, from: number, indentation: number): string | undefined {
  for (let end = from - 1; end > 0; ) {
    const start = text.lastIndexOf('\n', end - 1) + 1
    const line = text.slice(start, end)
    const content = line.trim()
    const spaces = line.length - line.trimStart().length
    if (content !== '' && !content.startsWith('#') && spaces <= indentation) {
      return spaces === indentation ? content : undefined
    }
    end = start - 1
  }
  return undefined
}
