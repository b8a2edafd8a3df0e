/** Compares versions as in deb-version(7): negative when `a` is older than `b`, 0 when they are equal. Pure. */
export function compareVersions(a: string, b: string): number {
  const [one, other] = [partsOf(a), partsOf(b)]
  return (
    one.epoch - other.epoch || compareParts(one.upstream, other.upstream) || compareParts(one.revision, other.revision)
  )
}

function partsOf(version: string): { readonly epoch: number; readonly upstream: string; readonly revision: string } {
  const [, epoch = '0', rest = version] = /^(\d+):(.*)$/s.exec(version) ?? []
  const dash = rest.lastIndexOf('-')
  const [upstream, revision] = dash < 0 ? [rest, ''] : [rest.slice(0, dash), rest.slice(dash + 1)]
  return { epoch: Number(epoch), upstream, revision }
}

/** Compares alternating text and numbers: text by character, numbers by value. */
function compareParts(a: string, b: string): number {
  let [one, other] = [a, b]
  while (one !== '' || other !== '') {
    const [text, otherText] = [leading(one, /^\D*/), leading(other, /^\D*/)]
    for (let at = 0; at < Math.max(text.length, otherText.length); at++) {
      const order = weightOf(text[at]) - weightOf(otherText[at])
      if (order !== 0) return order
    }
    ;[one, other] = [one.slice(text.length), other.slice(otherText.length)]
    const [digits, otherDigits] = [leading(one, /^\d*/), leading(other, /^\d*/)]
    const order = BigInt(digits || '0') - BigInt(otherDigits || '0')
    if (order !== 0n) return order < 0n ? -1 : 1
    ;[one, other] = [one.slice(digits.length), other.slice(otherDigits.length)]
  }
  return 0
}

function leading(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[0] ?? ''
}

/** A tilde sorts before everything, even the end; letters sort before non-letters. */
function weightOf(character: string | undefined): number {
  if (character === undefined) return 0
  if (character === '~') return -1
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256
}
