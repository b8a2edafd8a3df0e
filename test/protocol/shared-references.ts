/** Handwritten msgpack of hostile peers, which our encoder would never produce. */

/** `0xd6` (an extension of 4 bytes), its type, and the number of a reference. */
const reference = (type: 0x69 | 0x70, id: number): Buffer => Buffer.from([0xd6, type, 0, 0, 0, id])

/** Names the following value, so that `pointTo` can repeat it: msgpackr's structured-clone extension. */
export const nameValue = (id: number, value: Uint8Array): Buffer => Buffer.concat([reference(0x69, id), value])
export const pointTo = (id: number): Buffer => reference(0x70, id)

/** A tree of `levels` lists, each of which contains the next level `width` times: `width ** levels` values. */
export function sharedTree(levels: number, width = 2): Buffer {
  let tree: Buffer = Buffer.from([0xc0])
  for (let id = 0; id < levels; id++) {
    const others = Array.from({ length: width - 1 }, () => pointTo(id))
    tree = Buffer.concat([Buffer.from([0x90 + width]), nameValue(id, tree), ...others])
  }
  return tree
}

/** A map with one entry, whose value is the given bytes. */
export function mapOf(key: string, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0xa0 + key.length]), Buffer.from(key), value])
}
