import { expect, it } from 'vitest'
import { firstMissing, parseXml, writeXml, xml } from '../../../states/lib/xml.ts'

it('libvirt XML is parsed back as it was written, with any characters', () => {
  const document = xml('a', { b: `<&>'"` }, [xml('c', {}, 'x & y'), xml('d', { n: 1, none: undefined }), undefined])

  expect(parseXml(`<?xml version="1.0"?><!-- hello -->${writeXml(document)}`)).toEqual(document)
})

it.each([
  '',
  '<a>',
  '<a></b>',
  '<a/><b/>',
  '</a>',
  '<a><__proto__ x="1"/></a>',
  `${'<a>'.repeat(500)}${'</a>'.repeat(500)}`,
])('invalid XML is rejected: %j', text => {
  expect(parseXml(text)).toBeUndefined()
})

it('the XML parser keeps attributes that contain `>`, character references and CDATA', () => {
  const text = "<a b='x > y' c=\"it's\"><d e='&#65;&#x42;'>&#10;1 &lt; 2</d><f><![CDATA[<&>]]></f></a>"

  expect(parseXml(text)).toEqual(
    xml('a', { b: 'x > y', c: "it's" }, [xml('d', { e: 'AB' }, '1 < 2'), xml('f', {}, '<&>')]),
  )
})

it('the XML parser does not turn text into numbers or unescape twice', () => {
  expect(parseXml('<a b="007">1e3<!-- one --></a>')).toEqual(xml('a', { b: '007' }, '1e3'))
  expect(parseXml('<a>&amp;lt;</a>')).toEqual(xml('a', {}, '&lt;'))
})

it('firstMissing accepts the wanted XML in any order with extra elements, and names the first missing part', () => {
  const found = xml('d', { x: 1, y: 2 }, [xml('e', { n: 2 }), xml('e', { n: 1 }), xml('f', {}, 'text')])

  expect(firstMissing(xml('d', { y: 2 }, [xml('e', { n: 1 }), xml('e', { n: 2 }), xml('f')]), found)).toBeUndefined()
  expect(firstMissing(xml('d', {}, [xml('e', { n: 3 })]), found)).toBe('/d/e')
  expect(firstMissing(xml('d', {}, [xml('e', { n: 1 }), xml('e', { n: 1 })]), found)).toBe('/d/e/@n')
  expect(firstMissing(xml('d', {}, [xml('f', {}, 'other')]), found)).toBe('/d/f')
  expect(firstMissing(xml('d', { x: 2 }), found)).toBe('/d/@x')
})
