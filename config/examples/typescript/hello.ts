type Greeting = { to: string; warmly?: boolean }

const greet = ({ to, warmly = false }: Greeting): string => `Hello, ${to}${warmly ? '!' : '.'}`

console.log(greet({ to: 'world', warmly: true }))
