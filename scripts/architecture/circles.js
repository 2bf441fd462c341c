'use strict'

/**
 * The circles of a graph, each as its nodes in an order in which one leads to the next. The first name in the alphabet is the first.
 * @param {Map<string, Set<string>>} graph
 * @returns {string[][]}
 */
function findCircles (graph) {
  return components(graph).filter((nodes) => nodes.size > 1).map((nodes) => shortestCircle(graph, nodes))
}

// Tarjan's algorithm: sets of nodes that all reach each other.
function components (graph) {
  const found = []
  const stack = []
  const order = new Map()
  const lowest = new Map()
  const visit = (node) => {
    order.set(node, order.size)
    lowest.set(node, order.get(node))
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next)
      if (stack.includes(next)) lowest.set(node, Math.min(lowest.get(node), lowest.get(next)))
    }
    if (lowest.get(node) === order.get(node)) found.push(new Set(stack.splice(stack.indexOf(node))))
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return found
}

function shortestCircle (graph, nodes) {
  const circles = [...nodes].map((start) => {
    const cameFrom = new Map()
    const waiting = [start]
    for (const node of waiting) {
      for (const next of graph.get(node)) {
        if (!nodes.has(next) || cameFrom.has(next)) continue
        cameFrom.set(next, node)
        waiting.push(next)
      }
    }
    const circle = [start]
    while (cameFrom.get(circle[0]) !== start) circle.unshift(cameFrom.get(circle[0]))
    return circle
  })
  const shortest = circles.sort((a, b) => a.length - b.length)[0]
  const first = shortest.indexOf([...shortest].sort()[0])
  return [...shortest.slice(first), ...shortest.slice(0, first)]
}

module.exports = { findCircles }
