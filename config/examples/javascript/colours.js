for (let row = 0; row < 2; row++) {
  const cells = Array.from({ length: 8 }, (_, column) => {
    const code = (row ? 90 : 30) + column
    return `\x1b[${code}m${String(code).padStart(4)} \u2588\u2588\u2588\x1b[0m`
  })
  console.log(cells.join(' '))
}
