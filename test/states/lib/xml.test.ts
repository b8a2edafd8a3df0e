import { describe, expect, it } from 'vitest'
import { firstMissing, parseXml, writeXml, xml } from '../../../states/lib/xml.ts'

describe('the XML of libvirt', () => {
  it('comes back as it was written, with whatever letters', () => {
    const document = xml('a', { b: `<&>'"` }, [xml('c', {}, 'x & y'), xml('d', { n: 1, none: undefined }), undefined])

    expect(parseXml(`<?xml version="1.0"?><!-- hello -->${writeXml(document)}`)).toEqual(document)
  })

  it.each(['', '<a>', '<a></b>', '<a/><b/>', '</a>'])('is none: %j', text => {
    expect(parseXml(text)).toBeUndefined()
  })

  it('has all that is wanted, in any order and with more besides, or tells what not', () => {
    const found = xml('d', { x: 1, y: 2 }, [xml('e', { n: 2 }), xml('e', { n: 1 }), xml('f', {}, 'text')])

    expect(firstMissing(xml('d', { y: 2 }, [xml('e', { n: 1 }), xml('e', { n: 2 }), xml('f')]), found)).toBeUndefined()
    expect(firstMissing(xml('d', {}, [xml('e', { n: 3 })]), found)).toBe('/d/e')
    expect(firstMissing(xml('d', {}, [xml('e', { n: 1 }), xml('e', { n: 1 })]), found)).toBe('/d/e/@n')
    expect(firstMissing(xml('d', {}, [xml('f', {}, 'other')]), found)).toBe('/d/f')
    expect(firstMissing(xml('d', { x: 2 }), found)).toBe('/d/@x')
  })
})
