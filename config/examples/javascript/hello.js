const name = 'world'
console.log(`Hello, ${name}!`)
