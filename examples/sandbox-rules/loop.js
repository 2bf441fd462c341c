'use strict'

// Never ends.

module.exports = () => { for (;;); }
