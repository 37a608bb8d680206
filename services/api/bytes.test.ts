import { disposition } from './bytes.ts'

describe('the name under which bytes are saved', () => {
  it.each([
    ['a.stdout', 'attachment; filename="a.stdout"'],
    ['hé.txt', `attachment; filename="h_.txt"; filename*=UTF-8''h%C3%A9.txt`],
    ['a"; filename=b.exe', `attachment; filename="a__ filename_b.exe"; filename*=UTF-8''a%22%3B%20filename%3Db.exe`],
    ["it's (1)*.txt", `attachment; filename="it_s (1)_.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`],
    ['%2e%2e', `attachment; filename="_2e_2e"; filename*=UTF-8''%252e%252e`],
    ['🟢', `attachment; filename="__"; filename*=UTF-8''%F0%9F%9F%A2`],
  ])('of %j cannot be anything else', (fileName, header) => {
    expect(disposition(fileName)).toBe(header)
  })
})
