/**
 * Converts text such as `2.50` or `60.0` to a number, where a number is expected. A YAML number whose text a number would not
 * reproduce stays text (`numberOrText` of parse.ts), but zeros behind the point do not matter here. Returns everything else
 * unchanged. Pure.
 */
export function decimalOf<Value>(value: Value): Value | number {
  return typeof value === 'string' && /^(?:0|[1-9]\d*)\.\d+$/.test(value) ? Number(value) : value
}
