import { Document, isMap, parseDocument, Scalar } from 'yaml'
import { AppError } from '../../protocol/errors.ts'
import { parseYaml } from '../yaml/parse.ts'

/**
 * Sets `!sealed <text>` at a path of a pillar file, keeping comments and creating missing maps. Throws the problems of the
 * file, or PILLAR_PATH_INVALID when there is a value where a map is needed. Pure.
 */
export function setSealed(text: string, file: string, path: readonly string[], sealed: string): string {
  const { problems } = parseYaml(text, file)
  if (problems.length > 0) throw new AppError(problems)
  const tag = { tag: '!sealed', resolve: (value: string) => value, identify: () => false }
  const parsed = parseDocument(text, { version: '1.2', schema: 'core', customTags: [tag] })
  const document = isMap(parsed.contents)
    ? parsed
    : new Document({}, { version: '1.2', schema: 'core', customTags: [tag] })
  if (document !== parsed) document.commentBefore = parsed.commentBefore ?? parsed.contents?.commentBefore ?? null
  for (let depth = 1; depth < path.length; depth++) {
    const above = document.getIn(path.slice(0, depth))
    if (above === null) document.deleteIn(path.slice(0, depth))
    else if (above !== undefined && !isMap(above)) {
      throw new AppError({
        code: 'PILLAR_PATH_INVALID',
        message: `\`${path.slice(0, depth).join('.')}\` in ${file} is a value, not a map`,
        hint: 'Choose another path, or remove that value first.',
      })
    }
  }
  const value = new Scalar(sealed)
  value.tag = '!sealed'
  if (isMap(document.contents)) document.contents.flow = false
  document.setIn(path, value)
  return document.toString({ lineWidth: 0 })
}
