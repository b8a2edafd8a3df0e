/** One step required by a page of docs/contributing. */
type GuideStep =
  /** Write a complete file. */
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  /** Apply hunks to a file, without line numbers. */
  | { readonly do: 'change'; readonly path: string; readonly hunks: readonly string[] }
  | { readonly do: 'run'; readonly command: string }

/**
 * Extracts the steps of a page, in order. A block of code belongs to the last path in backticks of the sentence that ends with
 * a colon directly before it; a block without such a sentence is only shown. Pure.
 */
export function stepsOf(page: string): readonly GuideStep[] {
  return [...page.matchAll(/^(`{3,})(\w*)\n(.*?)^\1$/gms)].flatMap((found): readonly GuideStep[] => {
    const [, , language = '', text = ''] = found
    if (language === 'sh') {
      const lines = text.split('\n').filter(line => line !== '')
      return lines.map(command => ({ do: 'run', command }))
    }
    const before = page.slice(0, found.index).trimEnd()
    const sentence = before.slice(before.lastIndexOf('\n\n') + 1)
    const path = sentence.endsWith(':') ? [...sentence.matchAll(/`([\w./-]+\.\w+)`/g)].at(-1)?.[1] : undefined
    if (path === undefined) return []
    if (language === 'diff') return [{ do: 'change', path, hunks: text.split(/^@@\n/m) }]
    return [{ do: 'write', path, text }]
  })
}

/** Applies one hunk: lines with a blank are context, `-` removes, `+` adds. Throws unless it matches exactly one place. Pure. */
export function changed(text: string, hunk: string): string {
  const lines = hunk.split('\n').slice(0, -1)
  const kept = (without: string): string =>
    lines.flatMap(line => (line.startsWith(without) ? [] : [`${line.slice(1)}\n`])).join('')
  const before = kept('+')
  const parts = text.split(before)
  if (parts.length !== 2) throw new Error(`expected one place for this, found ${parts.length - 1}:\n${before}`)
  return parts.join(kept('-'))
}

/** Returns the new text of a step's file; `read` returns the current text of a file. */
export function textAfter(step: Exclude<GuideStep, { readonly do: 'run' }>, read: (path: string) => string): string {
  return step.do === 'write' ? step.text : step.hunks.reduce(changed, read(step.path))
}
