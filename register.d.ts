/**
 * `node --import isothreads/register main.js` or `node --require isothreads/register main.js`: `worker_threads` means this package in the
 * whole process and in its workers. Importing it has the same effect for later imports. It has no exports.
 */
export {}
