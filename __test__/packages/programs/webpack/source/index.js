import { double } from './double.shout'
import { triple } from './triple.shout'

console.log(double(21), triple(14))
