type Shape = { kind: 'circle'; radius: number } | { kind: 'rectangle'; width: number; height: number }

const area = (shape: Shape): number =>
  shape.kind === 'circle' ? Math.PI * shape.radius ** 2 : shape.width * shape.height

const shapes: Shape[] = [
  { kind: 'circle', radius: 2 },
  { kind: 'rectangle', width: 3, height: 4 },
]
for (const shape of shapes) console.log(shape.kind.padEnd(10), area(shape).toFixed(2))
