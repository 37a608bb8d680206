import { refuseOddities } from './plain.ts'

const refusalOf = (json: string) => {
  try {
    refuseOddities(JSON.parse(json))
    return null
  } catch (error) {
    return error
  }
}

describe('a body', () => {
  it('of texts, numbers, lists and objects is left to the checks of its fields', () => {
    expect(refusalOf('{"a":"x","b":[1,true,{"c":{}}],"constructor":"x"}')).toBeNull()
  })

  it('with null is refused, and every such field is named', () => {
    const fields = [{ field: 'a' }, { field: 'b.c' }, { field: 'd[1].e' }]
    expect(refusalOf('{"a":null,"b":{"c":null},"d":[1,{"e":null}]}')).toMatchObject({ code: 422, data: fields })
  })

  it('with a number beyond all numbers is refused', () => {
    expect(refusalOf('{"retries":1e400,"limits":{"wallMs":-1e999}}')).toMatchObject({
      code: 422,
      data: [{ field: 'retries' }, { field: 'limits.wallMs' }],
    })
  })

  it('with a key that would vanish is refused', () => {
    expect(refusalOf('{"env":{"__proto__":"x"}}')).toMatchObject({ code: 422, data: [{ field: 'env.__proto__' }] })
  })

  it('that nests without end is refused before anybody walks down it', () => {
    expect(refusalOf(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)).toMatchObject({ code: 400, type: 'BAD_BODY' })
  })

  it('of nothing but faults is told a few of them', () => {
    const { data } = refusalOf(`{"a":[${Array(1000).fill('null').join()}]}`) as { data: unknown[] }
    expect(data).toHaveLength(20)
  })
})
