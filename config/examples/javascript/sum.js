import { text } from 'node:stream/consumers'

const numbers = (await text(process.stdin)).split(/\s+/).filter(Boolean).map(Number)
const sum = numbers.reduce((total, number) => total + number, 0)
console.log({ numbers, sum, mean: sum / numbers.length })
