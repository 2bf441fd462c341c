'use strict'

// Takes all memory.

module.exports = () => { for (const all = []; ;) all.push(new Array(1_000_000)) }
